#include "net/curl_easy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <new>

#include "base/error.h"

namespace downsampled {
namespace {

constexpr int kOptionKindWidth = 10000;  // libcurl numbers its options by the type of their value

// Once a process, and never undone: a name lookup that was given up may still run at exit.
CURL* new_handle() {
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (global != CURLE_OK) {
    throw Error(Reason::io, fmt::format("libcurl: {}", curl_easy_strerror(global)));
  }
  return curl_easy_init();
}

}  // namespace

void CurlHeaders::add(const std::string& line) {
  curl_slist* longer = curl_slist_append(list_.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list_.release());  // the list itself, or null before the first line
  list_.reset(longer);
}

CurlEasy::CurlEasy() : handle_(new_handle(), curl_easy_cleanup) {
  if (handle_ == nullptr) throw std::bad_alloc();
}

void CurlEasy::set_duration(CURLoption option, Duration duration) {
  set_number(option, static_cast<long>(std::max<Duration::rep>(duration.count(), 1)));
}

void CurlEasy::set_text(CURLoption option, const std::string& text) {
  set(option, CURLOPTTYPE_OBJECTPOINT, text.c_str());
}

void CurlEasy::set_post_body(std::string_view body) {
  set(CURLOPT_POSTFIELDSIZE_LARGE, CURLOPTTYPE_OFF_T, static_cast<curl_off_t>(body.size()));
  set(CURLOPT_POSTFIELDS, CURLOPTTYPE_OBJECTPOINT, body.data());
}

void CurlEasy::set_headers(const CurlHeaders& headers) {
  set(CURLOPT_HTTPHEADER, CURLOPTTYPE_OBJECTPOINT, headers.get());
}

void CurlEasy::set_connect_to(const CurlHeaders& addresses) {
  set(CURLOPT_CONNECT_TO, CURLOPTTYPE_OBJECTPOINT, addresses.get());
}

void CurlEasy::set_receiver(CURLoption function_option, Receive function, CURLoption data_option,
                            void* context) {
  set(function_option, CURLOPTTYPE_FUNCTIONPOINT, function);
  set(data_option, CURLOPTTYPE_OBJECTPOINT, context);
}

long CurlEasy::number(CURLINFO info) const noexcept {
  long value = 0;
  return curl_easy_getinfo(handle_.get(), info, &value) == CURLE_OK ? value : 0;
}

curl_off_t CurlEasy::size(CURLINFO info) const noexcept {
  curl_off_t value = 0;
  return curl_easy_getinfo(handle_.get(), info, &value) == CURLE_OK ? value : 0;
}

std::string CurlEasy::header(const char* name) const {
  curl_header* found = nullptr;
  const int newest_request = -1;
  return curl_easy_header(handle_.get(), name, 0, CURLH_HEADER, newest_request, &found) == CURLHE_OK
             ? found->value
             : std::string();
}

void CurlEasy::check(CURLoption option, int kind, CURLcode code) {
  assert(static_cast<int>(option) / kOptionKindWidth * kOptionKindWidth == kind);
  if (code == CURLE_OK) return;
  throw Error(Reason::config, fmt::format("libcurl refuses the value of its option {}: {}",
                                          static_cast<int>(option), curl_easy_strerror(code)));
}

std::string curl_escaped(std::string_view text) {
  if (text.empty()) return {};  // a length of 0 means "up to the NUL" there
  const std::unique_ptr<char, decltype(&curl_free)> escaped(
      curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), curl_free);
  if (escaped == nullptr) throw std::bad_alloc();
  return escaped.get();
}

}  // namespace downsampled
