#include "schedule/scheduler.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "base/guarded.h"

namespace downsampled {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<const Group> group(Duration interval) {
  Group group;
  group.interval = interval;
  return std::make_shared<const Group>(std::move(group));
}

TEST_CASE("a group that hangs does not hold up another, and all end on a stop") {
  const std::vector<std::shared_ptr<const Group>> groups{group(20ms), group(20ms)};
  const SystemClock clock;
  std::atomic<int> evaluated = 0;
  Scheduler scheduler(Timetable(groups, [](int, std::optional<Duration>) { return 10ms; }), clock,
                      [&](const Due& due, std::stop_token stop) {
                        if (due.group == groups[0]) clock.sleep_for(1h, stop);
                        ++evaluated;
                        return Outcome{};
                      },
                      {});
  std::jthread one([&](std::stop_token stop) { scheduler.work(stop); });
  std::jthread two([&](std::stop_token stop) { scheduler.work(stop); });
  std::jthread loop([&](std::stop_token stop) { scheduler.run(stop); });
  for (int wait = 0; wait < 500 && evaluated < 5; ++wait) std::this_thread::sleep_for(10ms);
  CHECK(evaluated >= 5);
}

TEST_CASE("no group is evaluated twice at once") {
  const std::vector<std::shared_ptr<const Group>> groups{group(5ms), group(7ms)};
  const SystemClock clock;
  Guarded<std::map<const Group*, int>> running;
  std::atomic<int> evaluated = 0;
  std::atomic<bool> twice = false;
  Scheduler scheduler(Timetable(groups, [](int, std::optional<Duration>) { return 1ms; }), clock,
                      [&](const Due& due, std::stop_token stop) {
                        if (++(*running.lock())[due.group.get()] > 1) twice = true;
                        clock.sleep_for(3ms, stop);
                        --(*running.lock())[due.group.get()];
                        ++evaluated;
                        return Outcome{.failed = 1, .retry = true, .retry_after = {}};
                      },
                      {});
  std::vector<std::jthread> threads;
  for (int count = 0; count < 4; ++count) {
    threads.emplace_back([&](std::stop_token stop) { scheduler.work(stop); });
  }
  threads.emplace_back([&](std::stop_token stop) { scheduler.run(stop); });
  for (int wait = 0; wait < 500 && evaluated < 30; ++wait) std::this_thread::sleep_for(10ms);
  CHECK(evaluated >= 30);
  CHECK_FALSE(twice);
}

/// Stands still inside now() while the test says so.
class StickyClock final : public Clock {
 public:
  Timestamp now() const override {
    while (stuck) std::this_thread::sleep_for(1ms);
    return clock_.now();
  }
  SteadyTime steady_now() const override { return clock_.steady_now(); }
  bool sleep_for(Duration duration, std::stop_token stop) const override {
    return clock_.sleep_for(duration, stop);
  }

  std::atomic<bool> stuck = false;

 private:
  SystemClock clock_;
};

/// Whether `count` rises by five within five seconds.
bool goes_on(const std::atomic<int>& count) {
  const int before = count;
  for (int wait = 0; wait < 500 && count < before + 5; ++wait) std::this_thread::sleep_for(10ms);
  return count >= before + 5;
}

TEST_CASE(
    "the pulse is that of the loop alone: it goes on while groups hang, and ends when stuck") {
  const std::vector<std::shared_ptr<const Group>> groups{group(20ms), group(20ms)};
  StickyClock clock;
  std::atomic<int> beats = 0;
  std::atomic<int> evaluated = 0;
  Scheduler scheduler(Timetable(groups, [](int, std::optional<Duration>) { return 10ms; }), clock,
                      [&](const Due& due, std::stop_token stop) {
                        if (due.group == groups[0]) clock.sleep_for(1h, stop);
                        ++evaluated;
                        return Outcome{};
                      },
                      {.period = 10ms, .beat = [&] { ++beats; }});
  std::jthread one([&](std::stop_token stop) { scheduler.work(stop); });
  std::jthread two([&](std::stop_token stop) { scheduler.work(stop); });
  std::jthread loop([&](std::stop_token stop) { scheduler.run(stop); });
  CHECK(goes_on(evaluated));
  CHECK(goes_on(beats));
  clock.stuck = true;
  std::this_thread::sleep_for(100ms);  // for a round that was under way
  const int last = beats;
  std::this_thread::sleep_for(200ms);
  CHECK(beats == last);
  clock.stuck = false;
  CHECK(goes_on(beats));
}

TEST_CASE("the pulse beats at its period when no group is ever due again") {
  const SystemClock clock;
  std::atomic<int> beats = 0;
  Scheduler scheduler(Timetable({}, [](int, std::optional<Duration>) { return 1s; }), clock,
                      [](const Due&, std::stop_token) { return Outcome{}; },
                      {.period = 20ms, .beat = [&] { ++beats; }});
  const SteadyTime start = clock.steady_now();
  std::jthread loop([&](std::stop_token stop) { scheduler.run(stop); });
  CHECK(goes_on(beats));
  CHECK(clock.steady_now() - start >= 80ms);
}

}  // namespace
}  // namespace downsampled
