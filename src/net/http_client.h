// An HTTP client for one thread at a time: POSTs or GETs, and streams the reply as it arrives. It
// keeps its connections open, so keep the client. What goes wrong on the network is a value in the
// reply; only a stop, unreadable credentials, and what the body's sink throws are exceptions. Owned
// by whoever asks (query/source.h keeps a pool of them); movable, not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_sink.h"
#include "base/clock.h"
#include "base/error.h"
#include "net/http_credentials.h"

namespace downsampled {

class Url;

/// Names and values, in the order in which they are sent.
using HeaderFields = std::vector<std::pair<std::string, std::string>>;

/// All are PEM files; empty means the system's authorities, and no certificate of ours.
struct TlsOptions {
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::string server_name;  ///< what the certificate must be for, where it is not the URL's host
  std::string min_version;  ///< TLS10, TLS11, TLS12 or TLS13; empty: as the library says
  std::string max_version;
  bool insecure_skip_verify = false;
};

struct ProxyOptions {
  std::string url;               ///< with its credentials; empty: none but the environment's
  std::string no_proxy;          ///< hosts that are asked without it, as in the variable no_proxy
  bool from_environment = true;  ///< where it (https_proxy and the like) names one
};

struct HttpClientOptions {
  std::string user_agent;
  HttpCredentials credentials;
  TlsOptions tls;
  ProxyOptions proxy;
  HeaderFields headers;                ///< of every request
  std::vector<std::string> concealed;  ///< more texts that no message shows
  Duration connect_timeout = std::chrono::seconds(10);
  Duration timeout =
      std::chrono::minutes(2);  ///< of a request and its whole reply, redirects included
  std::uint64_t max_reply_bytes = 4ULL << 30;  ///< after decompression
  bool follow_redirects = true;
};

struct HttpRequest {
  std::string url;
  std::string body;
  std::string content_type = "application/x-www-form-urlencoded";
  std::vector<std::string> headers;  ///< more of them, as `Name: value`
  std::optional<Duration> timeout;   ///< for this request, when it has less time than the client's
};

struct HttpReply {
  int status = 0;                       ///< 0 when none arrived
  std::string error_body;               ///< when the status is not 2xx: the body's first 64 KiB
  std::optional<Duration> retry_after;  ///< from the header, as seconds or as a date
  std::optional<Error> failure;         ///< no reply, or a 2xx reply that did not come to its end
};

/// What a request came to, redirects included; known also where it ended by an exception.
struct TransferCost {
  int status = 0;                ///< of the newest reply; 0 when none arrived
  std::uint64_t wire_bytes = 0;  ///< received: headers, and the body as it was compressed
  std::uint64_t body_bytes = 0;  ///< of 2xx replies, after decompression
  std::chrono::microseconds duration{0};
};

class HttpClient {
 public:
  explicit HttpClient(HttpClientOptions options);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  /// Sends the body and streams a 2xx reply into `body`. Redirects are followed on the same host.
  /// Throws what `body` throws, Error{canceled} soon after `stop` is requested, and Error{io} when
  /// a file of the credentials cannot be read.
  HttpReply post(const HttpRequest& request, ByteSink& body, std::stop_token stop);

  /// The same without a body to send.
  HttpReply get(const std::string& url, ByteSink& body, std::stop_token stop);

  /// Of the newest request, also when it threw.
  const TransferCost& cost() const noexcept { return cost_; }

 private:
  struct Handles;

  enum class Method { post, get };

  HttpReply follow(Method method, const HttpRequest& request, ByteSink& body, std::stop_token stop);
  HttpReply send(Method method, const HttpRequest& request, const Url& url, std::string& location,
                 ByteSink& body, std::stop_token stop);

  HttpClientOptions options_;
  std::unique_ptr<Handles> handles_;
  TransferCost cost_;
};

/// `name=value&…` as application/x-www-form-urlencoded, which is also what a URL's query holds.
std::string form_encoded(const std::vector<std::pair<std::string_view, std::string_view>>& fields);

}  // namespace downsampled
