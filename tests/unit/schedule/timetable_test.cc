#include "schedule/timetable.h"

#include <doctest/doctest.h>

#include <chrono>

#include "support/series.h"

namespace downsampled {
namespace {

using test::at;
using namespace std::chrono_literals;

constexpr std::int64_t kMinute = 60'000;

std::shared_ptr<const Group> group(Duration interval, Duration query_offset = 0s,
                                   Duration eval_offset = 0s) {
  Group group;
  group.interval = interval;
  group.query_offset = query_offset;
  group.eval_offset = eval_offset;
  return std::make_shared<const Group>(std::move(group));
}

Timetable timetable(std::vector<std::shared_ptr<const Group>> groups) {
  return Timetable(groups, [](int attempt, std::optional<Duration> retry_after) {
    return retry_after.value_or(attempt * Duration(1s));
  });
}

TEST_CASE("the first slot is the last complete window, at once") {
  Timetable table = timetable({group(1min, 30s)});
  const std::vector<Due> due = table.take_due(at(10 * kMinute + 29'000));
  REQUIRE(due.size() == 1);
  CHECK(due[0].slot == at(9 * kMinute));
  CHECK(due[0].missed == 0);
}

TEST_CASE("a slot is due when its query offset is over, once") {
  Timetable table = timetable({group(1min, 30s)});
  const Due first = table.take_due(at(10 * kMinute + 30'000)).at(0);
  CHECK(first.slot == at(10 * kMinute));
  CHECK_FALSE(table.next_due().has_value());
  CHECK(table.take_due(at(11 * kMinute + 30'000)).empty());
  table.finished(first, {}, at(10 * kMinute + 31'000));
  CHECK(table.next_due() == at(11 * kMinute + 30'000));
  CHECK(table.take_due(at(11 * kMinute + 29'999)).empty());
  CHECK(table.take_due(at(11 * kMinute + 30'000)).at(0).slot == at(11 * kMinute));
}

TEST_CASE("slots are shifted by eval_offset") {
  Timetable table = timetable({group(24h, 0s, 6h)});
  const Due due = table.take_due(at(30 * 60 * kMinute + 1)).at(0);
  CHECK(due.slot == at(30 * 60 * kMinute));
  CHECK(timetable({group(24h, 0s, 6h)}).take_due(at(29 * 60 * kMinute)).at(0).slot ==
        at(6 * 60 * kMinute));
}

TEST_CASE("slots that passed are counted, and the newest is taken") {
  Timetable table = timetable({group(1min)});
  const Due first = table.take_due(at(10 * kMinute)).at(0);
  table.finished(first, {}, at(14 * kMinute + 5));
  const Due next = table.take_due(at(14 * kMinute + 5)).at(0);
  CHECK(next.slot == at(14 * kMinute));
  CHECK(next.missed == 3);
}

TEST_CASE("a clock that goes back repeats no slot") {
  Timetable table = timetable({group(1min)});
  table.finished(table.take_due(at(10 * kMinute)).at(0), {}, at(10 * kMinute));
  CHECK(table.take_due(at(5 * kMinute)).empty());
  CHECK(table.take_due(at(10 * kMinute + 59'999)).empty());
  CHECK(table.take_due(at(11 * kMinute)).at(0).missed == 0);
}

TEST_CASE("a failed slot is tried again until the next one is due") {
  Timetable table = timetable({group(1min)});
  Due due = table.take_due(at(10 * kMinute)).at(0);
  table.finished(due, {.failed = 1, .retry = true, .retry_after = {}}, at(10 * kMinute));
  CHECK(table.take_due(at(10 * kMinute + 999)).empty());
  CHECK(table.next_due() == at(10 * kMinute + 1'000));
  due = table.take_due(at(10 * kMinute + 1'000)).at(0);
  CHECK(due.attempt == 1);
  CHECK(due.slot == at(10 * kMinute));
  table.finished(due, {.failed = 1, .retry = true, .retry_after = 90s}, at(10 * kMinute + 2'000));
  CHECK(table.next_due() == at(11 * kMinute));
  due = table.take_due(at(11 * kMinute)).at(0);
  CHECK(due.slot == at(11 * kMinute));
  CHECK(due.attempt == 0);
}

TEST_CASE("groups do not wait for one another") {
  Timetable table = timetable({group(1min), group(1min)});
  const std::vector<Due> both = table.take_due(at(10 * kMinute));
  REQUIRE(both.size() == 2);
  table.finished(both[1], {}, at(10 * kMinute + 1));
  const std::vector<Due> next = table.take_due(at(11 * kMinute));
  REQUIRE(next.size() == 1);
  CHECK(next[0].group == 1);
}

}  // namespace
}  // namespace downsampled
