#include "net/curl_multi.h"

#include <fmt/format.h>

#include <chrono>
#include <new>

#include "base/error.h"

namespace downsampled {
namespace {

// A wake-up ends the wait at once; this only bounds what a lost one would cost.
constexpr std::chrono::milliseconds kLongestWait{1000};

void check(CURLMcode code) {
  if (code != CURLM_OK) {
    throw Error(Reason::io, fmt::format("libcurl: {}", curl_multi_strerror(code)));
  }
}

// The transfer is the multi handle's for this long and no longer, however it ends.
class Attached {
 public:
  Attached(CURLM* multi, CURL* easy) : multi_(multi), easy_(easy) {
    check(curl_multi_add_handle(multi_, easy_));
  }
  ~Attached() { curl_multi_remove_handle(multi_, easy_); }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

 private:
  CURLM* multi_;
  CURL* easy_;
};

std::optional<CURLcode> result_of(CURLM* multi) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg == CURLMSG_DONE) return message->data.result;
  }
  return std::nullopt;
}

}  // namespace

CurlMulti::CurlMulti() : handle_(curl_multi_init(), curl_multi_cleanup) {
  if (handle_ == nullptr) throw std::bad_alloc();
}

std::optional<CURLcode> CurlMulti::run(CurlEasy& easy, std::stop_token stop) {
  CURLM* multi = handle_.get();
  const Attached attached(multi, easy.get());
  const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
  while (!stop.stop_requested()) {
    int running = 0;
    check(curl_multi_perform(multi, &running));
    if (running == 0) return result_of(multi);
    check(curl_multi_poll(multi, nullptr, 0, static_cast<int>(kLongestWait.count()), nullptr));
  }
  return std::nullopt;
}

}  // namespace downsampled
