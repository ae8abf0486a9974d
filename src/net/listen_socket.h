// A listening TCP socket on an address as flags give it. Owned, movable; closed when it goes.
#pragma once

#include <cstdint>
#include <string>

namespace downsampled {

class ListenSocket {
 public:
  /// Listens on `host:port`: `127.0.0.1:8000`, `[::1]:8000`, `localhost:8000`; without a host
  /// (`:8000`) or on `[::]` on all addresses, IPv6 and IPv4; without a host on IPv4 alone where the
  /// system has no IPv6. Port 0: any free one. Throws Error{config} for another form, Error{io}
  /// when the system refuses.
  explicit ListenSocket(const std::string& address);
  ListenSocket(ListenSocket&& other) noexcept;
  ListenSocket& operator=(ListenSocket&&) = delete;
  ~ListenSocket();

  /// Where it listens, the port never 0: `127.0.0.1:43721`, `[::]:8000`.
  std::string address() const;
  std::uint16_t port() const;

  int descriptor() const noexcept { return descriptor_; }

  /// The descriptor, which is the caller's to close from now on.
  int release() noexcept;

 private:
  int descriptor_ = -1;
};

}  // namespace downsampled
