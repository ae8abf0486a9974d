#include "net/http_setup.h"

#include <fmt/format.h>

namespace downsampled {
namespace {

constexpr long kReceiveBufferBytes = 128 * 1024;
constexpr long kAuthorityCacheSeconds = 300;  // libcurl's own day would miss a rotated CA file

// What holds for every request, whoever asks.
void set_defaults(CurlEasy& easy) {
  easy.set_text(CURLOPT_PROTOCOLS_STR, "http,https");
  easy.set_flag(CURLOPT_NOSIGNAL, true);
  easy.set_flag(CURLOPT_QUICK_EXIT, true);  // a stop does not wait for a name lookup that hangs
  easy.set_flag(CURLOPT_FOLLOWLOCATION, false);  // we look where it leads first
  easy.set_flag(CURLOPT_TCP_KEEPALIVE, true);
  easy.set_number(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  easy.set_number(CURLOPT_BUFFERSIZE, kReceiveBufferBytes);
  easy.set_text(CURLOPT_ACCEPT_ENCODING, "");  // whatever libcurl can decompress
}

struct TlsVersion {
  std::string_view name;
  long least;
  long most;
};

constexpr TlsVersion kTlsVersions[] = {
    {"TLS10", CURL_SSLVERSION_TLSv1_0, CURL_SSLVERSION_MAX_TLSv1_0},
    {"TLS11", CURL_SSLVERSION_TLSv1_1, CURL_SSLVERSION_MAX_TLSv1_1},
    {"TLS12", CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_MAX_TLSv1_2},
    {"TLS13", CURL_SSLVERSION_TLSv1_3, CURL_SSLVERSION_MAX_TLSv1_3},
};

long tls_versions(const TlsOptions& tls) {
  long least = CURL_SSLVERSION_DEFAULT;
  long most = CURL_SSLVERSION_MAX_NONE;
  for (const TlsVersion& version : kTlsVersions) {
    if (version.name == tls.min_version) least = version.least;
    if (version.name == tls.max_version) most = version.most;
  }
  return least | most;
}

void set_tls(CurlEasy& easy, const TlsOptions& tls) {
  if (!tls.ca_file.empty()) easy.set_text(CURLOPT_CAINFO, tls.ca_file);
  if (!tls.certificate_file.empty()) easy.set_text(CURLOPT_SSLCERT, tls.certificate_file);
  if (!tls.key_file.empty()) easy.set_text(CURLOPT_SSLKEY, tls.key_file);
  easy.set_number(CURLOPT_SSLVERSION, tls_versions(tls));
  easy.set_flag(CURLOPT_SSL_VERIFYPEER, !tls.insecure_skip_verify);
  easy.set_number(CURLOPT_SSL_VERIFYHOST, tls.insecure_skip_verify ? 0 : 2);
  easy.set_number(CURLOPT_CA_CACHE_TIMEOUT, kAuthorityCacheSeconds);
}

void set_proxy(CurlEasy& easy, const ProxyOptions& proxy) {
  if (!proxy.url.empty()) {
    easy.set_text(CURLOPT_PROXY, proxy.url);
    easy.set_text(CURLOPT_NOPROXY, proxy.no_proxy);  // not what the environment says
  } else if (!proxy.from_environment) {
    easy.set_text(CURLOPT_NOPROXY, "*");
  }
}

}  // namespace

HttpSetup::HttpSetup(const HttpClientOptions& options, const Url& url, CurlEasy& easy,
                     CurlHeaders& headers)
    : secrets_(options.concealed) {
  set_defaults(easy);
  set_tls(easy, options.tls);
  set_proxy(easy, options.proxy);
  set_url(easy, headers, url, options.tls.server_name);
  for (const auto& [name, value] : options.headers) headers.add(name + ": " + value);
  set_credentials(easy, headers, options.credentials);
  easy.set_text(CURLOPT_USERAGENT, options.user_agent);
  easy.set_headers(headers);
}

void HttpSetup::set_credentials(CurlEasy& easy, CurlHeaders& headers,
                                const HttpCredentials& credentials) {
  if (!credentials.user_name.empty()) {
    secrets_.push_back(current_password(credentials));
    easy.set_number(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    easy.set_text(CURLOPT_USERNAME, credentials.user_name);
    easy.set_text(CURLOPT_PASSWORD, secrets_.back());
    return;
  }
  const std::string token = current_bearer_token(credentials);
  if (token.empty()) return;
  secrets_.push_back(token);
  headers.add(fmt::format("Authorization: {} {}", credentials.token_type, token));
}

// libcurl takes the name for TLS from the URL alone: so the URL has the server's name, the
// connection goes to the URL's own host, and so does the header.
void HttpSetup::set_url(CurlEasy& easy, CurlHeaders& headers, const Url& url,
                        const std::string& server_name) {
  const bool other = !server_name.empty() && url.scheme() == "https";
  const std::optional<Url> named = other ? url.with_host(server_name) : std::nullopt;
  easy.set_text(CURLOPT_URL, named ? named->text() : url.text());
  if (!named) return;
  headers.add(fmt::format("Host: {}", url.authority()));
  connect_to_.add(fmt::format("::{}:{}", url.host(), url.port()));
  easy.set_connect_to(connect_to_);
}

}  // namespace downsampled
