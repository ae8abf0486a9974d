// What of a client's options goes into each of its requests: TLS, proxy, credentials and headers,
// as libcurl wants them. Lives on the stack for one request; what it refers to outlives it.
#pragma once

#include <string>
#include <vector>

#include "net/curl_easy.h"
#include "net/http_client.h"
#include "net/url.h"

namespace downsampled {

class HttpSetup {
 public:
  /// Sets up `easy` for a request to `url`, and adds to `headers`, which it hands to it. Throws as
  /// current_bearer_token() and current_password() do.
  HttpSetup(const HttpClientOptions& options, const Url& url, CurlEasy& easy, CurlHeaders& headers);

  /// What goes out and must not be shown.
  const std::vector<std::string>& secrets() const noexcept { return secrets_; }

 private:
  void set_credentials(CurlEasy& easy, CurlHeaders& headers, const HttpCredentials& credentials);
  void set_url(CurlEasy& easy, CurlHeaders& headers, const Url& url,
               const std::string& server_name);

  std::vector<std::string> secrets_;
  CurlHeaders connect_to_;
};

}  // namespace downsampled
