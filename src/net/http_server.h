// The HTTP server: the doorway to libmicrohttpd. One thread runs it and calls the handler on every
// request; the library starts no threads of its own. It answers requests without a body (this
// server takes none), keeps connections alive, and leaves HEAD to the library. Constructed and
// destroyed by app/; run() is called once, on a thread of app's.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "net/listen_socket.h"

namespace downsampled {

struct HttpServerRequest {
  std::string method;
  std::string path;  ///< percent-decoded, without the query
  std::vector<std::pair<std::string, std::string>> headers;

  /// The header's value, whatever the case of its name; several lines of it joined by commas. Empty
  /// when there is none.
  std::string header(std::string_view name) const;
};

struct HttpServerResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  /// Sent one behind the other. Shared, so that what many are sent is kept once.
  std::vector<std::shared_ptr<const std::string>> body;
};

using HttpHandler = std::function<HttpServerResponse(const HttpServerRequest&)>;

/// What a client may cost us.
struct HttpServerLimits {
  /// More wait in the system's queue until one of these goes.
  std::size_t connections = 256;
  /// Memory of a connection, and so the bound on a request line with its headers; more is answered
  /// with 414 or 431.
  std::size_t connection_memory = 16 * 1024;
  /// A connection is closed when within this time neither a whole request came nor a whole response
  /// went out. Longer than the usual scrape intervals, so that scrapes keep their connection.
  Duration patience = std::chrono::minutes(2);
};

class HttpServer {
 public:
  /// Takes over the socket, which accepts from now on and is served once run() is called.
  /// Throws Error{io}.
  HttpServer(ListenSocket socket, HttpHandler handler, const Clock& clock,
             HttpServerLimits limits = {});
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  /// Serves until `stop` is requested, then cuts all connections off. A handler that throws is
  /// answered with 500 and logged. Throws Error{io} when the system refuses to wait.
  void run(std::stop_token stop);

 private:
  class Daemon;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace downsampled
