// libcurl's multi handle, here for two things that an easy handle alone cannot do: to be stopped
// from another thread at any moment (also inside a name lookup or a handshake), and to keep
// connections open between requests. Owns the handle; used by one thread at a time.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <stop_token>

#include "net/curl_easy.h"

namespace downsampled {

class CurlMulti {
 public:
  CurlMulti();

  /// Runs the transfer that `easy` is set up for. Returns how it ended, or nothing when `stop` was
  /// requested before its end.
  std::optional<CURLcode> run(CurlEasy& easy, std::stop_token stop);

 private:
  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> handle_;
};

}  // namespace downsampled
