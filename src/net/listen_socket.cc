#include "net/listen_socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace downsampled {
namespace {

struct HostPort {
  std::string host;
  std::string port;
};

HostPort parse(const std::string& address) {
  const auto wrong = [&address](std::string_view what) {
    return Error(Reason::config,
                 fmt::format("--web.listen-address \"{}\": {}; write host:port, such as :8000, "
                             "127.0.0.1:8000 or [::1]:8000",
                             address, what));
  };
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) throw wrong("no port");
  HostPort parts{address.substr(0, colon), address.substr(colon + 1)};
  std::uint16_t port = 0;
  const char* end = parts.port.data() + parts.port.size();
  const auto [rest, error] = std::from_chars(parts.port.data(), end, port);
  if (error != std::errc() || rest != end) throw wrong("the port is not a number up to 65535");
  if (parts.host.starts_with('[') && parts.host.ends_with(']')) {
    parts.host = parts.host.substr(1, parts.host.size() - 2);
    if (parts.host.find(':') == std::string::npos) throw wrong("brackets are for IPv6 addresses");
  } else if (parts.host.find_first_of(":[]") != std::string::npos) {
    throw wrong("an IPv6 address stands in brackets");
  }
  return parts;
}

Error cannot_listen(const std::string& address, std::string why) {
  if (!why.empty()) why[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(why[0])));
  return Error(Reason::io,
               fmt::format("cannot listen on {}: {}; set --web.listen-address", address, why));
}

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses resolve(const std::string& address, const HostPort& parts) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(parts.host.empty() ? nullptr : parts.host.c_str(),
                               parts.port.c_str(), &hints, &found);
  if (code != 0) throw cannot_listen(address, gai_strerror(code));
  return Addresses(found, freeaddrinfo);
}

/// A descriptor, or the errno of what failed.
struct Opened {
  int descriptor = -1;
  int error = 0;
};

Opened open_socket(const addrinfo& where) {
  const int descriptor =
      socket(where.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, where.ai_protocol);
  if (descriptor < 0) return {-1, errno};
  const int yes = 1;
  const int no = 0;
  const bool ok = setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                  (where.ai_family != AF_INET6 ||
                   setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) == 0) &&
                  bind(descriptor, where.ai_addr, where.ai_addrlen) == 0 &&
                  listen(descriptor, SOMAXCONN) == 0;
  if (ok) return {descriptor, 0};
  const int error = errno;
  close(descriptor);
  return {-1, error};
}

/// Tries the addresses of one family (any, for AF_UNSPEC) in order; says what the first one's
/// error was when none can be had.
Opened open_first(const addrinfo* addresses, int family) {
  Opened first{-1, EAFNOSUPPORT};
  bool tried = false;
  for (const addrinfo* where = addresses; where; where = where->ai_next) {
    if (family != AF_UNSPEC && where->ai_family != family) continue;
    const Opened opened = open_socket(*where);
    if (opened.descriptor >= 0) return opened;
    if (!tried) first = opened;
    tried = true;
  }
  return first;
}

sockaddr_storage bound_address(int descriptor) {
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &length) != 0) {
    throw Error(Reason::io, "cannot read a listening socket's address: " +
                                std::generic_category().message(errno));
  }
  return bound;
}

}  // namespace

ListenSocket::ListenSocket(const std::string& address) {
  const HostPort parts = parse(address);
  const Addresses addresses = resolve(address, parts);
  Opened opened;
  if (parts.host.empty()) {
    opened = open_first(addresses.get(), AF_INET6);
    // No IPv6 in the kernel, or none on any interface.
    if (opened.error == EAFNOSUPPORT || opened.error == EADDRNOTAVAIL) {
      opened = open_first(addresses.get(), AF_INET);
    }
  } else {
    opened = open_first(addresses.get(), AF_UNSPEC);
  }
  if (opened.descriptor < 0) {
    throw cannot_listen(address, std::generic_category().message(opened.error));
  }
  descriptor_ = opened.descriptor;
}

ListenSocket::ListenSocket(ListenSocket&& other) noexcept : descriptor_(other.release()) {}

ListenSocket::~ListenSocket() {
  if (descriptor_ >= 0) close(descriptor_);
}

int ListenSocket::release() noexcept { return std::exchange(descriptor_, -1); }

std::string ListenSocket::address() const {
  const sockaddr_storage bound = bound_address(descriptor_);
  char text[INET6_ADDRSTRLEN] = "";
  if (bound.ss_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(bound);
    inet_ntop(AF_INET6, &ipv6.sin6_addr, text, sizeof text);
    return fmt::format("[{}]:{}", text, ntohs(ipv6.sin6_port));
  }
  const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(bound);
  inet_ntop(AF_INET, &ipv4.sin_addr, text, sizeof text);
  return fmt::format("{}:{}", text, ntohs(ipv4.sin_port));
}

std::uint16_t ListenSocket::port() const {
  const sockaddr_storage bound = bound_address(descriptor_);
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                                           : reinterpret_cast<const sockaddr_in&>(bound).sin_port);
}

}  // namespace downsampled
