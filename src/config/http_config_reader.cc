#include "config/http_config_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <utility>

#include "config/http_headers.h"

namespace downsampled {
namespace {

struct Unsupported {
  const char* key;
  std::string_view remedy;
};

// Of Prometheus's own; said apart, because they are no mistakes of spelling.
constexpr Unsupported kUnsupported[] = {
    {"oauth2", "want authorization: with credentials_file:, a token that something else renews"},
    {"sigv4", "want a proxy that signs, such as aws-sigv4-proxy, in url"},
    {"azuread", "want authorization: with credentials_file:, a token that something else renews"},
    {"google_iam",
     "want authorization: with credentials_file:, a token that something else renews"},
    {"http_headers", "want headers: with one value for each name"},
    {"proxy_connect_header", "want the user and password in proxy_url"},
    {"enable_http2", "the daemon speaks HTTP/1.1; want it removed"},
};

constexpr std::array kTlsVersions = {"TLS10", "TLS11", "TLS12", "TLS13"};

/// A file that can be read now; relative to `folder`.
std::string take_file(Mapping& mapping, const std::string& key, const std::filesystem::path& folder,
                      Problems& problems) {
  const std::size_t line = mapping.line_of_key(key);
  const auto text = mapping.take_text(key);
  if (!text || text->empty()) return {};
  const std::string path = (folder / *text).string();
  std::ifstream file(path);
  if (!file || file.peek() == std::ifstream::traits_type::eof()) {
    problems.add(line, fmt::format("{} {:?} is not a file that can be read (or it is empty); want "
                                   "a path that is absolute, or relative to this file",
                                   key, *text));
  }
  return path;
}

/// A secret as text, or the file that KEY_file names; returns the line of the text.
std::size_t take_secret(Mapping& mapping, const std::string& key,
                        const std::filesystem::path& folder, std::string& text, std::string& file,
                        Problems& problems) {
  const std::size_t line = mapping.line_of_key(key);
  text = mapping.take_text(key).value_or("");
  file = take_file(mapping, key + "_file", folder, problems);
  if (!text.empty() && !file.empty()) {
    problems.add(line, fmt::format("{0} and {0}_file are both set; want one of them", key));
  }
  return line;
}

void take_headers(Mapping& mapping, HttpSettings& http, Problems& problems) {
  const auto entry = mapping.take("headers");
  if (!entry) return;
  const Mapping headers(entry->value, "headers", problems);
  for (const Entry& header : headers.rest()) {
    if (const auto problem = header_problem(header.key)) {
      problems.add(header.line, fmt::format("header {:?} {}", header.key, *problem));
    } else if (!header.value.IsScalar() || !is_header_value(header.value.Scalar())) {
      problems.add(header.line, fmt::format("the value of header {} is not text that a header can "
                                            "carry; want visible characters of ASCII",
                                            header.key));
    } else {
      http.headers.emplace_back(header.key, header.value.Scalar());
    }
  }
}

void take_basic_auth(const Entry& entry, const std::filesystem::path& folder, HttpSettings& http,
                     Problems& problems) {
  Mapping mapping(entry.value, "basic_auth", problems);
  if (!entry.value.IsMap()) return;
  const std::size_t line = mapping.line_of_key("username");
  http.username = mapping.take_text("username").value_or("");
  if (http.username.empty() || http.username.find(':') != http.username.npos) {
    problems.add(line, "basic_auth needs a username, without a colon; want username: and its text");
  }
  take_secret(mapping, "password", folder, http.password, http.password_file, problems);
  mapping.refuse_rest({"username", "password", "password_file"});
}

/// What stands in the header, under the key that the form has for it.
void take_credentials_of(Mapping& mapping, const std::string& key,
                         const std::filesystem::path& folder, HttpSettings& http,
                         Problems& problems) {
  const std::size_t line =
      take_secret(mapping, key, folder, http.credentials, http.credentials_file, problems);
  const auto visible = [](char c) { return c > ' ' && c <= '~'; };
  if (std::ranges::all_of(http.credentials, visible)) return;
  problems.add(line, fmt::format("the {} hold a blank, a line end or another character that cannot "
                                 "be sent; want visible characters of ASCII",
                                 key));
}

void take_authorization(const Entry& entry, const std::filesystem::path& folder, HttpSettings& http,
                        Problems& problems) {
  Mapping mapping(entry.value, "authorization", problems);
  if (!entry.value.IsMap()) return;
  const std::size_t type_line = mapping.line_of_key("type");
  http.authorization_type = mapping.take_text("type").value_or("Bearer");
  if (!is_http_token(http.authorization_type)) {
    problems.add(type_line, "the type of authorization is not one word; want Bearer, or the like");
  } else if (http.authorization_type == "Basic" || http.authorization_type == "basic") {
    problems.add(type_line, "authorization cannot be of type Basic; want basic_auth:");
  }
  take_credentials_of(mapping, "credentials", folder, http, problems);
  if (http.credentials.empty() && http.credentials_file.empty()) {
    problems.add(mapping.line(),
                 "authorization has no credentials; want credentials_file: and its "
                 "path, or credentials:");
  }
  mapping.refuse_rest({"type", "credentials", "credentials_file"});
}

/// The older form of authorization, which Prometheus still takes.
void take_bearer(Mapping& mapping, const std::filesystem::path& folder, HttpSettings& http,
                 Problems& problems) {
  take_credentials_of(mapping, "bearer_token", folder, http, problems);
}

void take_credentials(Mapping& mapping, const std::filesystem::path& folder, HttpSettings& http,
                      Problems& problems) {
  take_bearer(mapping, folder, http, problems);
  int ways = http.credentials.empty() && http.credentials_file.empty() ? 0 : 1;
  const auto basic = mapping.take("basic_auth");
  const auto authorization = mapping.take("authorization");
  ways += (basic ? 1 : 0) + (authorization ? 1 : 0);
  if (ways > 1) {
    problems.add((authorization ? authorization : basic)->line,
                 "basic_auth, authorization and bearer_token exclude one another; want one of "
                 "them");
    return;
  }
  if (basic) take_basic_auth(*basic, folder, http, problems);
  if (authorization) take_authorization(*authorization, folder, http, problems);
}

std::string take_tls_version(Mapping& mapping, const std::string& key, Problems& problems) {
  const std::size_t line = mapping.line_of_key(key);
  std::string version = mapping.take_text(key).value_or("");
  if (version.empty() || std::ranges::find(kTlsVersions, version) != kTlsVersions.end()) {
    return version;
  }
  problems.add(
      line, fmt::format("{} is {:?}; want one of {}", key, version, fmt::join(kTlsVersions, ", ")));
  return {};
}

void take_tls(Mapping& outer, const std::filesystem::path& folder, HttpSettings& http,
              Problems& problems) {
  const auto entry = outer.take("tls_config");
  if (!entry) return;
  Mapping mapping(entry->value, "tls_config", problems);
  if (!entry->value.IsMap()) return;
  for (const char* key : {"ca", "cert", "key"}) {
    if (const auto text = mapping.take(key)) {
      problems.add(text->line, fmt::format("{} within the file is not supported; want {}_file: and "
                                           "its path",
                                           key, key));
    }
  }
  http.tls_ca_file = take_file(mapping, "ca_file", folder, problems);
  http.tls_cert_file = take_file(mapping, "cert_file", folder, problems);
  http.tls_key_file = take_file(mapping, "key_file", folder, problems);
  if (http.tls_cert_file.empty() != http.tls_key_file.empty()) {
    problems.add(mapping.line(), "cert_file and key_file go together; want both");
  }
  http.tls_server_name = mapping.take_text("server_name").value_or("");
  http.tls_insecure_skip_verify = mapping.take_bool("insecure_skip_verify").value_or(false);
  const std::size_t line = mapping.line_of_key("max_version");
  http.tls_min_version = take_tls_version(mapping, "min_version", problems);
  http.tls_max_version = take_tls_version(mapping, "max_version", problems);
  if (!http.tls_max_version.empty() && http.tls_max_version < http.tls_min_version) {
    problems.add(line, fmt::format("max_version {} is before min_version {}; want none before it",
                                   http.tls_max_version, http.tls_min_version));
  }
  mapping.refuse_rest({"ca_file", "cert_file", "key_file", "server_name", "insecure_skip_verify",
                       "min_version", "max_version"});
}

void take_proxy(Mapping& mapping, HttpSettings& http, Problems& problems) {
  const std::size_t line = mapping.line_of_key("proxy_url");
  const std::size_t no_proxy_line = mapping.line_of_key("no_proxy");
  const std::size_t environment_line = mapping.line_of_key("proxy_from_environment");
  http.proxy_url = mapping.take_text("proxy_url").value_or("");
  http.no_proxy = mapping.take_text("no_proxy").value_or("");
  const auto from_environment = mapping.take_bool("proxy_from_environment");
  http.proxy_from_environment = from_environment.value_or(http.proxy_url.empty());
  const std::string& url = http.proxy_url;
  const std::array schemes = {"http://", "https://", "socks5://", "socks5h://"};
  const bool known = std::ranges::any_of(
      schemes, [&](std::string_view scheme) { return url.starts_with(scheme); });
  // Its text is not shown: it may hold a password.
  if (!url.empty() && (!known || !is_header_value(url) || url.find(' ') != url.npos)) {
    problems.add(line,
                 "proxy_url is not a URL that starts with http://, https:// or socks5://; "
                 "want one such as http://proxy:3128");
  }
  if (!url.empty() && http.proxy_from_environment) {
    problems.add(environment_line,
                 "proxy_from_environment and proxy_url exclude one another; want "
                 "one of them");
  }
  if (!http.no_proxy.empty() && url.empty()) {
    problems.add(no_proxy_line,
                 "no_proxy stands without a proxy_url; want both, or the variable "
                 "no_proxy");
  }
}

}  // namespace

HttpSettings take_http_config(Mapping& mapping, const std::filesystem::path& folder,
                              Problems& problems) {
  HttpSettings http;
  take_headers(mapping, http, problems);
  take_credentials(mapping, folder, http, problems);
  take_tls(mapping, folder, http, problems);
  take_proxy(mapping, http, problems);
  http.follow_redirects = mapping.take_bool("follow_redirects").value_or(true);
  for (const Unsupported& one : kUnsupported) {
    if (const auto entry = mapping.take(one.key)) {
      problems.add(entry->line, fmt::format("{} is not supported: {}", one.key, one.remedy));
    }
  }
  return http;
}

const std::vector<std::string>& http_config_keys() {
  static const std::vector<std::string> keys = {
      "headers",    "basic_auth", "authorization", "bearer_token",           "bearer_token_file",
      "tls_config", "proxy_url",  "no_proxy",      "proxy_from_environment", "follow_redirects"};
  return keys;
}

}  // namespace downsampled
