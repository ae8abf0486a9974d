// A TCP server on 127.0.0.1 that does exactly what a test says, byte by byte: for what no real
// server does on request. Each connection runs the script on a thread of its own; the destructor
// closes them all and waits for the scripts to notice.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"

namespace downsampled {

class ScriptedConnection {
 public:
  ScriptedConnection(int socket, std::stop_token stop) : socket_(socket), stop_(std::move(stop)) {}

  /// The next request, headers and body; empty when the client has hung up.
  std::string read_request() {
    std::size_t wanted = std::string::npos;  // unknown before the headers are complete
    while (buffer_.size() < wanted) {
      char bytes[4096];
      const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
      if (count <= 0) return {};
      buffer_.append(bytes, static_cast<std::size_t>(count));
      if (wanted == std::string::npos) wanted = request_size();
    }
    const std::string request = buffer_.substr(0, wanted);
    buffer_.erase(0, wanted);
    return request;
  }

  /// False when the client has hung up.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// A whole reply with its length.
  bool reply(std::string_view status_and_headers, std::string_view body) {
    return send(fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", status_and_headers,
                            body.size(), body));
  }

  bool sleep_for(Duration duration) const { return SystemClock().sleep_for(duration, stop_); }

  /// Says nothing until the client hangs up.
  void hang() {
    char byte = 0;
    while (::recv(socket_, &byte, 1, 0) > 0) {
    }
  }

 private:
  std::size_t request_size() const {
    const std::size_t end = buffer_.find("\r\n\r\n");
    if (end == std::string::npos) return std::string::npos;
    const std::size_t length = buffer_.find("Content-Length: ");
    return end + 4 + (length < end ? std::strtoul(&buffer_[length + 16], nullptr, 10) : 0);
  }

  int socket_;
  std::stop_token stop_;
  std::string buffer_;
};

class ScriptedServer {
 public:
  using Script = std::function<void(ScriptedConnection&)>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
      throw std::runtime_error("no port for a scripted server");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::jthread([this](std::stop_token stop) { accept_all(stop); });
  }

  ~ScriptedServer() {
    acceptor_.request_stop();
    ::shutdown(listener_, SHUT_RDWR);  // ends accept()
    acceptor_.join();
    auto clients = clients_.lock();
    for (Client& client : *clients) client.thread.request_stop();
    for (Client& client : *clients) ::shutdown(client.socket, SHUT_RDWR);
    for (Client& client : *clients) client.thread.join();
    for (Client& client : *clients) ::close(client.socket);
    ::close(listener_);
  }

  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  int port() const { return port_; }
  std::string url(std::string_view path = "/") const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
  }
  int connections() const { return connections_; }

 private:
  struct Client {
    int socket;
    std::jthread thread;
  };

  void accept_all(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      ++connections_;
      clients_.lock()->push_back({socket, std::jthread([this, socket](std::stop_token ending) {
                                    ScriptedConnection connection(socket, ending);
                                    script_(connection);
                                    ::shutdown(socket, SHUT_RDWR);
                                  })});
    }
  }

  const Script script_;
  const int listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  int port_ = 0;
  std::atomic<int> connections_{0};
  Guarded<std::vector<Client>> clients_;
  std::jthread acceptor_;
};

/// Answers every request of a connection with the same status, headers and body.
inline ScriptedServer::Script always(std::string status_and_headers, std::string body) {
  return [=](ScriptedConnection& connection) {
    while (!connection.read_request().empty() && connection.reply(status_and_headers, body)) {
    }
  };
}

}  // namespace downsampled
