// An HttpServer on a free port of 127.0.0.1, running on a thread of its own as long as it lives.
#pragma once

#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "net/http_server.h"

namespace downsampled {

class RunningServer {
 public:
  explicit RunningServer(HttpHandler handler, HttpServerLimits limits = {},
                         const std::string& address = "127.0.0.1:0") {
    ListenSocket socket(address);
    port_ = socket.port();
    server_.emplace(std::move(socket), std::move(handler), clock_, limits);
    thread_ = std::jthread([this](std::stop_token stop) { server_->run(stop); });
  }

  std::uint16_t port() const { return port_; }

  void stop() {
    thread_.request_stop();
    thread_.join();
  }

 private:
  SystemClock clock_;
  std::uint16_t port_ = 0;
  std::optional<HttpServer> server_;
  std::jthread thread_;
};

}  // namespace downsampled
