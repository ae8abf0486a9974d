#include "app/http_options.h"

namespace downsampled {

HttpClientOptions http_options(const HttpSettings& settings) {
  HttpClientOptions options{.user_agent = "downsampled/" DOWNSAMPLED_VERSION,
                            .credentials = {.token_type = settings.authorization_type,
                                            .bearer_token = settings.credentials,
                                            .bearer_token_file = settings.credentials_file,
                                            .user_name = settings.username,
                                            .password = settings.password,
                                            .password_file = settings.password_file},
                            .tls = {.ca_file = settings.tls_ca_file,
                                    .certificate_file = settings.tls_cert_file,
                                    .key_file = settings.tls_key_file,
                                    .server_name = settings.tls_server_name,
                                    .min_version = settings.tls_min_version,
                                    .max_version = settings.tls_max_version,
                                    .insecure_skip_verify = settings.tls_insecure_skip_verify},
                            .proxy = {.url = settings.proxy_url,
                                      .no_proxy = settings.no_proxy,
                                      .from_environment = settings.proxy_from_environment},
                            .headers = settings.headers,
                            .follow_redirects = settings.follow_redirects};
  for (const auto& header : settings.headers) conceal_long(options, header.second);
  return options;
}

void conceal_long(HttpClientOptions& options, const std::string& text) {
  constexpr std::size_t kShortestKey = 8;
  if (text.size() >= kShortestKey) options.concealed.push_back(text);
}

}  // namespace downsampled
