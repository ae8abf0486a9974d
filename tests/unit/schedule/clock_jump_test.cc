// What becomes of the slots when somebody sets the clock.

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "base/guarded.h"
#include "schedule/scheduler.h"
#include "support/captured_log.h"
#include "support/manual_clock.h"
#include "support/series.h"

namespace downsampled {
namespace {

using namespace test;
using namespace std::chrono_literals;

Timestamp minute(std::int64_t n) { return at(n * 60'000); }

Groups groups_of_minutes(std::size_t count, Duration stale_after) {
  Groups groups;
  for (std::size_t index = 0; index < count; ++index) {
    Group group;
    group.name = std::to_string(index);
    group.interval = 1min;
    group.stale_after = stale_after;
    groups.push_back(std::make_shared<const Group>(std::move(group)));
  }
  return groups;
}

Duration a_second(int, std::optional<Duration> retry_after) { return retry_after.value_or(1s); }

/// A group of minutes that has taken its 100th.
struct Taken {
  explicit Taken(Duration stale_after = 3min, const Outcome& outcome = {})
      : table(groups_of_minutes(1, stale_after), a_second) {
    table.finished(table.take_due(minute(100)).at(0), outcome, minute(100));
  }

  Due take(Timestamp now) {
    const std::vector<Due> due = table.take_due(now);
    REQUIRE(due.size() == 1);
    table.finished(due[0], {}, now);
    return due[0];
  }

  Timetable table;
};

TEST_CASE("forward: the newest slot is taken, and those between are missed, once") {
  Taken group;
  CHECK(group.table.missed(minute(160)) == 59);
  const Due due = group.take(minute(160));
  CHECK(due.slot == minute(160));
  CHECK(due.missed == 59);
  CHECK(group.table.missed(minute(160)) == 0);
  CHECK(group.take(minute(161)).missed == 0);
}

TEST_CASE("a little back: no slot is taken again, and the group goes on after what it took") {
  Taken group;
  for (const Duration back : {1ms, 500ms, 60'000ms, 180'000ms - 1ms}) {
    CHECK(group.table.take_due(minute(100) - back).empty());
  }
  CHECK(group.table.next_due() == minute(101));
  const Due due = group.take(minute(101));
  CHECK(due.slot == minute(101));
  CHECK(due.missed == 0);
}

TEST_CASE("far back: the clock was wrong before, and the group goes on by what it says now") {
  Taken group;
  const Timestamp now = minute(96) - 1ms;
  const Due due = group.take(now);
  CHECK(due.slot == minute(95));
  CHECK(due.missed == 0);
  CHECK(due.since == now);
  for (std::int64_t n = 96; n < 103; ++n) {
    const Due next = group.take(minute(n));
    CHECK(next.slot == minute(n));
    CHECK(next.missed == 0);
  }
}

TEST_CASE("the wait is never longer than an hour") {
  Taken group(240h);
  CHECK(group.table.take_due(minute(40)).empty());
  CHECK(group.take(minute(40) - 1ms).slot == minute(39));
}

TEST_CASE("back and forward again: what was taken before is not counted as missed") {
  Taken group;
  group.take(minute(10));
  CHECK(group.table.missed(minute(104)) == 3);
  CHECK(group.take(minute(104)).missed == 3);
}

TEST_CASE("a slot that failed is not tried again before the clock has reached it again") {
  Taken group(3min, {.failed = 1, .retry = true, .retry_after = {}});
  CHECK(group.table.next_due() == minute(100) + 1s);
  group.table.clock_was_set(-2min);
  CHECK(group.table.take_due(minute(99)).empty());
  CHECK(group.table.next_due() == minute(100));
  const Due due = group.take(minute(100));
  CHECK(due.slot == minute(100));
  CHECK(due.attempt == 1);
}

TEST_CASE("retries and first slots wait for time to pass, whatever the clock is set to") {
  Taken group(3h, {.failed = 1, .retry = true, .retry_after = 40s});
  group.table.clock_was_set(30s);
  CHECK(group.table.next_due() == minute(101));
  group.table.clock_was_set(-20s);
  CHECK(group.table.next_due() == minute(100) + 50s);

  Timetable table(groups_of_minutes(400, 3min), a_second);
  const std::size_t at_once = table.take_due(minute(100)).size();
  CHECK(at_once < 100);
  table.clock_was_set(-24h);
  CHECK(table.take_due(minute(100) - 24h + 5s).size() == 400 - at_once);
}

/// A scheduler of three groups whose evaluations are instant.
struct Running {
  Running() {
    for (int count = 0; count < 2; ++count) {
      threads.emplace_back([this](std::stop_token stop) { scheduler.work(stop); });
    }
    threads.emplace_back([this](std::stop_token stop) { scheduler.run(stop); });
  }

  std::size_t count() { return evaluated.lock()->size(); }
  /// Whether so many evaluations there are soon, and no more after a while. Time passes.
  bool stays_at(std::size_t expected) {
    for (int wait = 0; wait < 2'000 && count() < expected; ++wait) {
      clock.advance(1ms);
      std::this_thread::sleep_for(1ms);
    }
    std::this_thread::sleep_for(30ms);
    return count() == expected;
  }

  ManualClock clock{minute(100)};
  Guarded<std::vector<Due>> evaluated;
  Scheduler scheduler{Timetable(groups_of_minutes(3, 3min), a_second),
                      clock,
                      [this](const Due& due, std::stop_token) {
                        evaluated.lock()->push_back(due);
                        return Outcome{};
                      },
                      {.period = 2ms, .beat = [] {}}};
  std::vector<std::jthread> threads;  // the last: ends first
};

TEST_CASE("jumps are said once each, and a correction of seconds is not") {
  std::string log = logged([] {
    Running world;
    CHECK(world.stays_at(3));
    world.clock.jump(-5s);
    CHECK(world.stays_at(3));
    world.clock.jump(5s);
    CHECK(world.stays_at(3));
    world.clock.jump(1h);
    CHECK(world.stays_at(6));
    world.clock.jump(-1min);
    CHECK(world.stays_at(6));
    world.clock.jump(-48h);
    CHECK(world.stays_at(9));
    for (const Due& due : *world.evaluated.lock()) {
      CHECK(due.missed == (due.slot == minute(160) ? 59 : 0));
    }
    world.threads.clear();
  });
  CHECK(lines_with(log,
                   "msg=\"the clock jumped forward, or the machine slept; the windows between "
                   "are missed\" by=1h now=1970-01-01T02:40:0") == 1);
  CHECK(lines_with(log, " missed=177") == 1);
  CHECK(lines_with(log,
                   "msg=\"the clock jumped back; windows that are recorded stay, and are not "
                   "asked for again\" by=1m now=1970-01-01T02:39:0") == 1);
  CHECK(lines_with(log, "by=2d now=1969-12-30T02:39:0") == 1);
  CHECK(lines_with(log, "newest_slot=1970-01-01T02:40:00Z") == 2);
  CHECK(lines_with(log, "the clock jumped") == 3);
}

}  // namespace
}  // namespace downsampled
