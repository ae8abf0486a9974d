#include "unreachable.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace downsampled {
namespace {

std::atomic<bool> lookups_hang{false};
std::atomic<int> hanging{0};

int bound_socket() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("no free port");
  }
  return socket;
}

sockaddr_in address_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return address;
}

std::string url_of(int socket) {
  return fmt::format("http://127.0.0.1:{}/", ntohs(address_of(socket).sin_port));
}

void wait_while(const auto& condition) {
  for (int i = 0; i < 6000 && condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

ClosedPort::ClosedPort() : socket_(bound_socket()) {}
ClosedPort::~ClosedPort() { ::close(socket_); }
std::string ClosedPort::url() const { return url_of(socket_); }

FullBacklog::FullBacklog() : listener_(bound_socket()) {
  ::listen(listener_, 0);
  const sockaddr_in address = address_of(listener_);
  for (int& client : waiting_) {
    client = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
}
FullBacklog::~FullBacklog() {
  for (const int client : waiting_) ::close(client);
  ::close(listener_);
}
std::string FullBacklog::url() const { return url_of(listener_); }

HangingLookups::HangingLookups() { lookups_hang = true; }
HangingLookups::~HangingLookups() {
  lookups_hang = false;
  wait_while([] { return hanging > 0; });
}

}  // namespace downsampled

// In place of the C library's, for libcurl's resolver threads.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  using downsampled::hanging;
  using downsampled::lookups_hang;
  if (node != nullptr && std::strcmp(node, "absent.test") == 0) return EAI_NONAME;
  if (node != nullptr && std::strcmp(node, "hanging.test") == 0) {
    ++hanging;
    downsampled::wait_while([] { return lookups_hang.load(); });
    --hanging;
    return EAI_AGAIN;
  }
  if (node != nullptr && std::strcmp(node, "stranger.test") == 0) node = "127.0.0.1";
  static const auto real =
      reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(node, service, hints, result);
}
