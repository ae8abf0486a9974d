// Tells the service manager how the daemon is: ready, alive, what it does, stopping. The protocol
// of sd_notify(3), which systemd documents as stable: a datagram to the socket named by
// NOTIFY_SOCKET. Without that variable nothing is sent. Used by the thread of the schedule loop
// alone, so that a loop that is stuck is missed by the watchdog.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "config/settings.h"

namespace downsampled {

class ServiceNotifier {
 public:
  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. `clock` must outlive the notifier.
  ServiceNotifier(const Environment& environment, const Clock& clock);
  ServiceNotifier(const ServiceNotifier&) = delete;
  ServiceNotifier& operator=(const ServiceNotifier&) = delete;
  ~ServiceNotifier();

  /// Somebody listens.
  bool enabled() const noexcept { return socket_ >= 0; }

  /// How often alive() wants to be called at the least; empty when there is no watchdog.
  std::optional<Duration> watchdog_period() const noexcept { return period_; }

  void ready(std::string_view status);
  /// `status` is shown by `systemctl status`; sent when it is another one than before.
  void alive(std::string_view status);
  void stopping();

 private:
  void send(const std::string& message);

  const Clock& clock_;
  std::string address_;  // as the bytes of sockaddr_un::sun_path
  int socket_ = -1;
  std::optional<Duration> period_;
  SteadyTime fed_{};  // when the watchdog heard of us last
  std::string status_;
  bool failed_ = false;
};

}  // namespace downsampled
