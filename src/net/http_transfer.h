// One request and its reply, between the client and libcurl's callbacks: where the bytes go, and
// the bounds on them. An exception must not pass through libcurl, so it is parked here and thrown
// again when the transfer is over. Lives on the stack of the thread that runs the transfer.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <stop_token>
#include <string>

#include "base/byte_sink.h"
#include "base/error.h"
#include "net/curl_easy.h"
#include "net/curl_multi.h"

namespace downsampled {

class HttpTransfer {
 public:
  /// `easy` is set up but for where the reply goes; all of it must outlive the transfer.
  HttpTransfer(CurlEasy& easy, ByteSink& body, std::uint64_t max_reply_bytes, std::stop_token stop);

  /// Throws what the sink threw, and Error{canceled} when it was stopped before the end.
  /// `shown_url` is for messages.
  void run(CurlMulti& multi, const std::string& shown_url);

  int status() const noexcept { return status_; }
  std::string& error_body() noexcept { return error_body_; }
  std::uint64_t header_bytes() const noexcept { return header_bytes_; }
  std::uint64_t body_bytes() const noexcept { return body_bytes_; }
  const std::optional<Error>& failure() const noexcept { return failure_; }

 private:
  bool ok() const noexcept { return status_ >= 200 && status_ < 300; }
  bool take_body(std::string_view bytes);
  bool take_header(std::string_view line);
  std::optional<Error> failure_of(CURLcode code, const std::string& shown_url) const;

  CurlEasy& easy_;
  ByteSink& body_;
  const std::uint64_t max_reply_bytes_;
  const std::stop_token stop_;

  int status_ = 0;
  std::uint64_t header_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::string error_body_;
  bool seen_enough_ = false;  // of an error's body: we hung up, and that is no failure
  std::exception_ptr parked_;
  std::optional<Error> failure_;
  char detail_[CURL_ERROR_SIZE] = "";
};

/// What a CURLcode means for a request to `shown_url`; `status` is 0 when none arrived.
Error transfer_error(CURLcode code, const CurlEasy& easy, int status, const std::string& shown_url,
                     std::string_view detail);

}  // namespace downsampled
