// libcurl's easy handle with typed setters: a wrong type cannot reach its varargs.
// One for each request; open connections are the CurlMulti's. Owns the handle; used by one thread
// at a time. Setters throw Error{config} when libcurl refuses the value.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace downsampled {

/// A list of lines: of headers, mostly. libcurl reads it during the transfer: it must live as long.
class CurlHeaders {
 public:
  void add(const std::string& line);
  curl_slist* get() const noexcept { return list_.get(); }

 private:
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> list_{nullptr, curl_slist_free_all};
};

class CurlEasy {
 public:
  using Receive = std::size_t (*)(char* data, std::size_t size, std::size_t count, void* context);

  CurlEasy();

  CURL* get() const noexcept { return handle_.get(); }

  void set_flag(CURLoption option, bool on) { set(option, CURLOPTTYPE_LONG, on ? 1L : 0L); }
  void set_number(CURLoption option, long number) { set(option, CURLOPTTYPE_LONG, number); }
  /// For the options that count in milliseconds; never 0, which would mean "no limit".
  void set_duration(CURLoption option, Duration duration);
  /// libcurl keeps a copy of the text.
  void set_text(CURLoption option, const std::string& text);
  /// The bytes and the list are not copied: they must outlive the transfer.
  void set_post_body(std::string_view body);
  void set_headers(const CurlHeaders& headers);
  /// Where to connect to instead, as CURLOPT_CONNECT_TO says; must outlive the transfer.
  void set_connect_to(const CurlHeaders& addresses);
  /// Where libcurl explains a failure; CURL_ERROR_SIZE bytes.
  void set_error_buffer(char* buffer) { set(CURLOPT_ERRORBUFFER, CURLOPTTYPE_OBJECTPOINT, buffer); }
  /// For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION with their DATA options.
  void set_receiver(CURLoption function_option, Receive function, CURLoption data_option,
                    void* context);

  /// 0 when there is none.
  long number(CURLINFO info) const noexcept;
  curl_off_t size(CURLINFO info) const noexcept;
  /// The newest header of that name in the final reply; empty when there is none.
  std::string header(const char* name) const;

 private:
  template <typename T>
  void set(CURLoption option, int kind, T value) {
    check(option, kind, curl_easy_setopt(handle_.get(), option, value));
  }
  static void check(CURLoption option, int kind, CURLcode code);

  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_;
};

/// Percent-encoded, as in a form or a query string.
std::string curl_escaped(std::string_view text);

}  // namespace downsampled
