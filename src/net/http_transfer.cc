#include "net/http_transfer.h"

#include <fmt/format.h>

#include <algorithm>

namespace downsampled {
namespace {

constexpr std::size_t kErrorBodyBytes = 64 * 1024;
constexpr std::uint64_t kHeaderBytes = 256 * 1024;

// The C side of a callback: `take` is a member of HttpTransfer that says whether to go on.
template <typename Take>
std::size_t trampoline(const char* data, std::size_t bytes, std::exception_ptr& parked, Take take) {
  try {
    return take(std::string_view(data, bytes)) ? bytes : CURL_WRITEFUNC_ERROR;
  } catch (...) {
    parked = std::current_exception();
    return CURL_WRITEFUNC_ERROR;
  }
}

}  // namespace

HttpTransfer::HttpTransfer(CurlEasy& easy, ByteSink& body, std::uint64_t max_reply_bytes,
                           std::stop_token stop)
    : easy_(easy), body_(body), max_reply_bytes_(max_reply_bytes), stop_(std::move(stop)) {
  easy_.set_receiver(
      CURLOPT_WRITEFUNCTION,
      [](char* data, std::size_t size, std::size_t count, void* context) {
        auto& self = *static_cast<HttpTransfer*>(context);
        return trampoline(data, size * count, self.parked_,
                          [&self](std::string_view bytes) { return self.take_body(bytes); });
      },
      CURLOPT_WRITEDATA, this);
  easy_.set_receiver(
      CURLOPT_HEADERFUNCTION,
      [](char* data, std::size_t size, std::size_t count, void* context) {
        auto& self = *static_cast<HttpTransfer*>(context);
        return trampoline(data, size * count, self.parked_,
                          [&self](std::string_view line) { return self.take_header(line); });
      },
      CURLOPT_HEADERDATA, this);
  easy_.set_error_buffer(detail_);
}

void HttpTransfer::run(CurlMulti& multi, const std::string& shown_url) {
  const std::optional<CURLcode> code = multi.run(easy_, stop_);
  const long status = easy_.number(CURLINFO_RESPONSE_CODE);
  status_ = status >= 200 ? static_cast<int>(status) : 0;  // 1xx announces a reply, it is none
  if (parked_ != nullptr) std::rethrow_exception(parked_);
  if (!code || (*code != CURLE_OK && stop_.stop_requested())) {
    throw Error(Reason::canceled, fmt::format("request to {} canceled: stopping", shown_url));
  }
  if (!failure_) failure_ = failure_of(*code, shown_url);
}

std::optional<Error> HttpTransfer::failure_of(CURLcode code, const std::string& shown_url) const {
  if (code == CURLE_OK || seen_enough_) return std::nullopt;
  if (body_bytes_ > max_reply_bytes_) {
    return Error(Reason::reply_too_large, fmt::format("the reply of {} is longer than {} bytes",
                                                      shown_url, max_reply_bytes_));
  }
  if (header_bytes_ > kHeaderBytes) {
    return Error(Reason::malformed_reply, fmt::format("the reply of {} has more than {} bytes of "
                                                      "headers",
                                                      shown_url, kHeaderBytes));
  }
  // The status of a reply that is not 2xx says all, even where the rest of its body is missing.
  if (status_ != 0 && !ok()) return std::nullopt;
  return transfer_error(code, easy_, status_, shown_url, detail_);
}

bool HttpTransfer::take_body(std::string_view bytes) {
  if (stop_.stop_requested()) return false;
  status_ = static_cast<int>(easy_.number(CURLINFO_RESPONSE_CODE));
  if (ok()) {
    body_bytes_ += bytes.size();
    if (body_bytes_ > max_reply_bytes_) return false;
    body_.write(bytes);
    return true;
  }
  error_body_.append(bytes.substr(0, kErrorBodyBytes - error_body_.size()));
  seen_enough_ = error_body_.size() == kErrorBodyBytes;
  return !seen_enough_;
}

bool HttpTransfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  return header_bytes_ <= kHeaderBytes && !stop_.stop_requested();
}

}  // namespace downsampled
