// A server that can be asked, as the settings of `default` or an entry of the configuration file
// describe it, complete and checked. Plain data, with secrets in it: never printed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace downsampled {

/// The source of groups that name none.
inline constexpr const char* kDefaultSource = "default";

/// How a server is spoken to: what of Prometheus's `http_config` there is. Files are read when they
/// are needed, so that what was rotated is used; empty means none.
struct HttpSettings {
  std::vector<std::pair<std::string, std::string>> headers;  ///< name and value

  std::string username;
  std::string password;       ///< a secret
  std::string password_file;  ///< or the file with it

  std::string authorization_type = "Bearer";
  std::string credentials;  ///< what stands behind the type: a secret
  std::string credentials_file;

  std::string tls_ca_file;
  std::string tls_cert_file;
  std::string tls_key_file;
  std::string tls_server_name;
  std::string tls_min_version;  ///< TLS10 to TLS13
  std::string tls_max_version;
  bool tls_insecure_skip_verify = false;

  std::string proxy_url;  ///< may hold a secret
  std::string no_proxy;   ///< hosts that are asked without it
  bool proxy_from_environment = true;
  bool follow_redirects = true;

  friend bool operator==(const HttpSettings&, const HttpSettings&) = default;
};

struct SourceSettings {
  std::string name;
  std::string url;                                          ///< up to and without `/api/v1`
  std::vector<std::pair<std::string, std::string>> params;  ///< of the URL, in every query
  HttpSettings http;
  Duration timeout{};                      ///< of a query and its whole reply
  std::size_t concurrency = 0;             ///< queries at once
  bool allow_partial = false;              ///< an answer that lacks something is good enough
  std::optional<Duration> retention = {};  ///< how long it keeps samples, where it does not say

  friend bool operator==(const SourceSettings&, const SourceSettings&) = default;
};

}  // namespace downsampled
