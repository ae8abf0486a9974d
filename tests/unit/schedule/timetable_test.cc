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
  group.stale_after = 3 * interval;
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
  std::vector<Due> both = table.take_due(at(10 * kMinute));
  for (const Due& due : table.take_due(at(10 * kMinute + 10))) both.push_back(due);
  REQUIRE(both.size() == 2);
  table.finished(both[1], {}, at(10 * kMinute + 11));
  const std::vector<Due> next = table.take_due(at(11 * kMinute + 10));
  REQUIRE(next.size() == 1);
  CHECK(next[0].group == both[1].group);
}

std::vector<std::string> names(const std::vector<Due>& dues) {
  std::vector<std::string> names;
  for (const Due& due : dues) names.push_back(due.group->name);
  return names;
}

std::shared_ptr<const Group> named(const char* name, std::size_t limit = 0) {
  Group named = *group(1min);
  named.name = name;
  named.limit = limit;
  return std::make_shared<const Group>(std::move(named));
}

/// Long enough after it for every group's distance to its slots.
constexpr Duration kLater = 10s;

TEST_CASE("of groups that are replaced, those that stay go on as if nothing had happened") {
  const auto stays = named("stays");
  Timetable table = timetable({named("goes"), stays});
  table.take_due(at(10 * kMinute));
  std::vector<Due> due = table.take_due(at(10 * kMinute) + kLater);
  REQUIRE(names(table.take_due(at(10 * kMinute) + kLater)).empty());
  table.replace({stays, named("comes")});
  CHECK(names(table.take_due(at(10 * kMinute) + kLater)).empty());  // it begins to count
  due = table.take_due(at(10 * kMinute) + 2 * kLater);
  CHECK(names(due) == std::vector<std::string>{"comes"});
  CHECK(due[0].slot == at(10 * kMinute));
  table.finished({.group = stays, .slot = at(10 * kMinute)}, {}, at(10 * kMinute) + 2 * kLater);
  CHECK(names(table.take_due(at(11 * kMinute) + kLater)) == std::vector<std::string>{"stays"});
}

TEST_CASE("a group that comes back while it is still evaluated for the last time waits, too") {
  const auto before = named("same");
  const auto after = named("same");
  Timetable table = timetable({before});
  REQUIRE(table.take_due(at(10 * kMinute)).size() == 1);
  table.replace({});
  table.replace({after});
  CHECK(table.take_due(at(11 * kMinute)).empty());
  table.finished({.group = before, .slot = at(10 * kMinute)}, {}, at(11 * kMinute));
  CHECK(table.take_due(at(11 * kMinute)).at(0).group == after);
  table.finished({.group = after, .slot = at(11 * kMinute)}, {}, at(11 * kMinute));
  table.replace({named("same", 1)});
  CHECK(table.take_due(at(11 * kMinute)).size() == 1);
}

TEST_CASE("a group that takes another's place waits until that has finished") {
  const auto before = named("same");
  const auto after = named("same", 1);
  const auto last = named("same", 2);
  Timetable table = timetable({before});
  REQUIRE(table.take_due(at(10 * kMinute)).size() == 1);
  table.replace({after});
  CHECK_FALSE(table.next_due());
  CHECK(table.take_due(at(11 * kMinute)).empty());
  table.replace({last});
  CHECK(table.take_due(at(12 * kMinute)).empty());
  table.finished({.group = before, .slot = at(10 * kMinute)}, {.failed = 1, .retry = true},
                 at(12 * kMinute));
  CHECK(table.next_due() <= at(12 * kMinute));
  const std::vector<Due> due = table.take_due(at(12 * kMinute));
  REQUIRE(due.size() == 1);
  CHECK(due[0].group == last);
  CHECK(due[0].attempt == 0);
  CHECK(due[0].missed == 1);  // the 11th minute's
}

TEST_CASE("slots are missed by a group that takes another's place only where both have them") {
  Timetable table = timetable({group(1min)});
  table.take_due(at(10 * kMinute));
  table.replace({group(1min)});
  CHECK(table.missed(at(30 * kMinute)) == 19);
  table.replace({group(2min)});
  CHECK(table.missed(at(30 * kMinute)) == 0);
}

}  // namespace
}  // namespace downsampled
