#include "app/service_notifier.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <map>
#include <vector>

#include "support/manual_clock.h"
#include "support/temporary_folder.h"

namespace downsampled {
namespace {

using namespace std::chrono_literals;
using Messages = std::vector<std::string>;

/// What a service manager is: a datagram socket.
class ServiceManager {
 public:
  explicit ServiceManager(std::string path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path[0] == '@') path[0] = '\0';
    path.copy(address.sun_path, sizeof address.sun_path);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    REQUIRE(bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  }
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager() { close(socket_); }

  /// All that has come since the last call.
  Messages received() {
    Messages messages;
    char bytes[4096];
    for (ssize_t size = 0; (size = recv(socket_, bytes, sizeof bytes, MSG_DONTWAIT)) >= 0;) {
      messages.emplace_back(bytes, static_cast<std::size_t>(size));
    }
    return messages;
  }

 private:
  const int socket_ = socket(AF_UNIX, SOCK_DGRAM, 0);
};

using Variables = std::map<std::string, std::string>;

Environment environment(Variables variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

struct Fixture {
  TemporaryFolder folder;
  std::string path = (folder.path() / "notify").string();
  ServiceManager manager{path};
  test::ManualClock clock{Timestamp(1000s)};
};

TEST_CASE_FIXTURE(Fixture, "ready, then what changes, then stopping") {
  ServiceNotifier notifier(environment({{"NOTIFY_SOCKET", path}}), clock);
  CHECK(notifier.enabled());
  CHECK_FALSE(notifier.watchdog_period());
  notifier.ready("0 of 1");
  notifier.alive("0 of 1");
  clock.advance(1h);
  notifier.alive("1 of 1");
  notifier.alive("1 of 1");
  notifier.stopping();
  CHECK(manager.received() ==
        Messages{"READY=1\nSTATUS=0 of 1", "STATUS=1 of 1", "STOPPING=1\nSTATUS=Stopping."});
}

TEST_CASE_FIXTURE(Fixture,
                  "the watchdog is fed at least twice in its time, and not at every call") {
  ServiceNotifier notifier(environment({{"NOTIFY_SOCKET", path}, {"WATCHDOG_USEC", "2000000"}}),
                           clock);
  REQUIRE(notifier.watchdog_period() == 500ms);
  notifier.ready("s");
  manager.received();
  for (const Duration call : {500ms, 10ms, 100ms}) {
    CAPTURE(call.count());
    Duration since{};
    int fed = 0;
    for (Duration elapsed{}; elapsed < 20s; elapsed += call) {
      clock.advance(call);
      since += call;
      notifier.alive("s");
      const Messages messages = manager.received();
      if (messages.empty()) continue;
      CHECK(messages == Messages{"WATCHDOG=1"});
      CHECK(since <= 1s);
      since = {};
      ++fed;
    }
    CHECK(fed >= 20);
    CHECK(fed <= 41);
  }
}

TEST_CASE_FIXTURE(Fixture, "a watchdog is only for the process that it names") {
  const auto period = [&](const Variables& more) {
    Variables variables{{"NOTIFY_SOCKET", path}};
    variables.insert(more.begin(), more.end());
    return ServiceNotifier(environment(variables), clock).watchdog_period();
  };
  const std::string own = fmt::to_string(getpid());
  CHECK(period({{"WATCHDOG_USEC", "4000000"}, {"WATCHDOG_PID", own}}) == 1s);
  CHECK_FALSE(period({{"WATCHDOG_USEC", "4000000"}, {"WATCHDOG_PID", "1"}}));
  CHECK_FALSE(period({{"WATCHDOG_USEC", "4000000"}, {"WATCHDOG_PID", "x"}}));
  CHECK(period({{"WATCHDOG_USEC", "1"}}) == 1ms);
  for (const std::string bad : {"", "0", "-1", "1s", "99999999999999999999"}) {
    CAPTURE(bad);
    CHECK_FALSE(period({{"WATCHDOG_USEC", bad}}));
  }
}

TEST_CASE("an abstract socket has a name that starts with @") {
  const std::string name = fmt::format("@downsampled-test-{}", getpid());
  ServiceManager manager(name);
  const SystemClock clock;
  ServiceNotifier notifier(environment({{"NOTIFY_SOCKET", name}}), clock);
  notifier.stopping();
  CHECK(manager.received().size() == 1);
}

TEST_CASE("without a socket that can be, nothing is sent and nothing fails") {
  const SystemClock clock;
  const std::string too_long = '/' + std::string(200, 'x');
  for (const std::string& socket : {std::string(), std::string("relative"),
                                    std::string("vsock:2:1234"), std::string("@"), too_long}) {
    CAPTURE(socket);
    ServiceNotifier notifier(environment({{"NOTIFY_SOCKET", socket}, {"WATCHDOG_USEC", "1000"}}),
                             clock);
    CHECK_FALSE(notifier.enabled());
    CHECK_FALSE(notifier.watchdog_period());
    notifier.ready("s");
    notifier.alive("t");
    notifier.stopping();
  }
}

TEST_CASE_FIXTURE(Fixture, "a service manager that does not read does not hold us up for long") {
  ServiceNotifier notifier(environment({{"NOTIFY_SOCKET", path}}), clock);
  const SystemClock real;
  const SteadyTime start = real.steady_now();
  Duration longest{};
  for (int count = 0; real.steady_now() - start < 1s; ++count) {
    const SteadyTime before = real.steady_now();
    notifier.alive(fmt::format("{}", count));
    longest = std::max(longest, std::chrono::ceil<Duration>(real.steady_now() - before));
  }
  CHECK(longest >= 900ms);  // its queue was full
  CHECK(longest < 10s);
  CHECK(manager.received().size() > 5);
  notifier.stopping();
  CHECK(manager.received() == Messages{"STOPPING=1\nSTATUS=Stopping."});
}

TEST_CASE("a socket that is gone is no failure") {
  const SystemClock clock;
  ServiceNotifier notifier(environment({{"NOTIFY_SOCKET", "/no/such/socket"}}), clock);
  CHECK(notifier.enabled());
  notifier.ready("s");
  notifier.stopping();
}

}  // namespace
}  // namespace downsampled
