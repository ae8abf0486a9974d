// An HTTP client that is nothing but a socket: it sends the bytes that a test writes and reads what
// comes back. Every wait ends after ten seconds.
#pragma once

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace downsampled {

struct RawReply {
  int status = 0;       ///< 0: the server hung up without one
  std::string headers;  ///< the status line among them
  std::string body;

  bool has(std::string_view header) const { return headers.find(header) != std::string::npos; }
};

class RawClient {
 public:
  /// Connects to a numeric address. `receive_buffer`: the kernel's, for slow readers; 0: as it is.
  RawClient(const std::string& host, std::uint16_t port, int receive_buffer = 0) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
      throw std::runtime_error("no such address: " + host);
    }
    socket_ = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{10, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (receive_buffer > 0) {
      setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const int connected = connect(socket_, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    if (connected != 0) {
      close(socket_);
      throw std::runtime_error("cannot connect to " + host);
    }
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { close(socket_); }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// Sends the request and reads the reply to it.
  RawReply request(std::string_view line, std::string_view headers = {}) {
    send(std::string(line) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) + "\r\n");
    return read_reply(line.starts_with("HEAD"));
  }

  RawReply read_reply(bool without_body = false) {
    std::size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return {};
    }
    RawReply reply;
    reply.headers = take(end + 4);
    reply.status = std::atoi(reply.headers.c_str() + std::string_view("HTTP/1.1 ").size());
    const std::size_t length_at = reply.headers.find("Content-Length: ");
    if (without_body || length_at == std::string::npos) return reply;
    const std::size_t length = std::strtoul(&reply.headers[length_at + 16], nullptr, 10);
    while (buffer_.size() < length) {
      if (!receive()) return reply;
    }
    reply.body = take(length);
    return reply;
  }

  /// True when the server closes within the patience; drops what comes before that.
  bool is_closed() {
    char bytes[4096];
    ssize_t count = 0;
    while ((count = recv(socket_, bytes, sizeof bytes, 0)) > 0) {
    }
    return count == 0 || errno == ECONNRESET;
  }

 private:
  bool receive() {
    char bytes[1 << 16];
    const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
    if (count > 0) buffer_.append(bytes, static_cast<std::size_t>(count));
    return count > 0;
  }

  std::string take(std::size_t count) {
    std::string taken = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return taken;
  }

  int socket_ = -1;
  std::string buffer_;
};

}  // namespace downsampled
