#include "app/service_notifier.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <system_error>

#include "base/log.h"

namespace downsampled {
namespace {

// A service manager that does not read must not hold up the schedule.
constexpr timeval kSendPatience{.tv_sec = 1, .tv_usec = 0};

std::optional<std::int64_t> number(const std::optional<std::string>& text) {
  std::int64_t value = 0;
  if (!text) return std::nullopt;
  const char* end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || rest != end || value <= 0) return std::nullopt;
  return value;
}

/// A quarter of what the service manager waits. Whoever comes by this often, and does something
/// once the period is over, does it at least twice in that time, as sd_watchdog_enabled(3) asks
/// for.
std::optional<Duration> watchdog_period(const Environment& environment) {
  const std::optional<std::string> pid = environment("WATCHDOG_PID");
  if (pid && number(pid) != getpid()) return std::nullopt;  // meant for another process
  const std::optional<std::int64_t> microseconds = number(environment("WATCHDOG_USEC"));
  if (!microseconds) return std::nullopt;
  const auto period = std::chrono::floor<Duration>(std::chrono::microseconds(*microseconds / 4));
  return std::max(period, Duration(1));
}

/// `path` is a file, or an abstract socket where it starts with '@'. Empty when it is neither.
std::string socket_address(std::string path) {
  const bool fits = path.size() > 1 && path.size() < sizeof(sockaddr_un::sun_path);
  if (!fits || (path[0] != '/' && path[0] != '@')) return {};
  if (path[0] == '@') path[0] = '\0';
  return path;
}

std::string last_error() { return std::generic_category().message(errno); }

}  // namespace

ServiceNotifier::ServiceNotifier(const Environment& environment, const Clock& clock)
    : clock_(clock) {
  const std::string path = environment("NOTIFY_SOCKET").value_or("");
  if (path.empty()) return;
  address_ = socket_address(path);
  if (address_.empty()) {
    log::warn("cannot notify the service manager", {{"socket", path}, {"error", "not a path"}});
    return;
  }
  socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) {
    log::warn("cannot notify the service manager", {{"socket", path}, {"error", last_error()}});
    return;
  }
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &kSendPatience, sizeof kSendPatience);
  period_ = downsampled::watchdog_period(environment);
}

ServiceNotifier::~ServiceNotifier() {
  if (socket_ >= 0) close(socket_);
}

void ServiceNotifier::ready(std::string_view status) {
  status_ = status;
  fed_ = clock_.steady_now();
  send(fmt::format("READY=1\nSTATUS={}", status));
}

void ServiceNotifier::alive(std::string_view status) {
  std::string message;
  const SteadyTime now = clock_.steady_now();
  if (period_ && now - fed_ >= *period_) {
    message = "WATCHDOG=1";
    fed_ = now;
  }
  if (status != status_) {
    message += fmt::format("{}STATUS={}", message.empty() ? "" : "\n", status);
    status_ = status;
  }
  if (!message.empty()) send(message);
}

void ServiceNotifier::stopping() { send("STOPPING=1\nSTATUS=Stopping."); }

void ServiceNotifier::send(const std::string& message) {
  if (!enabled()) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::copy(address_.begin(), address_.end(), to.sun_path);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  const ssize_t sent = sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL,
                              reinterpret_cast<const sockaddr*>(&to), size);
  if (sent < 0 && !failed_) {
    log::warn("cannot notify the service manager", {{"error", last_error()}});
  }
  failed_ = sent < 0;
}

}  // namespace downsampled
