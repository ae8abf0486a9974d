// Which windows the slots of a group are, for every combination of the keys that move them.

#include <doctest/doctest.h>

#include <chrono>

#include "base/duration.h"
#include "schedule/timetable.h"

namespace downsampled {
namespace {

using namespace std::chrono_literals;

constexpr Duration kDay = 24h;

std::shared_ptr<const Group> group(Duration interval, Duration eval_offset, Duration query_offset) {
  Group group;
  group.interval = interval;
  group.eval_offset = eval_offset;
  group.query_offset = query_offset;
  group.stale_after = 3 * interval;
  return std::make_shared<const Group>(std::move(group));
}

Timestamp time(std::string_view text) { return *parse_timestamp(text); }

std::string last_slot(const std::shared_ptr<const Group>& group, std::string_view now) {
  return format_timestamp(last_complete_slot(*group, time(now)));
}

TEST_CASE("days close at eval_offset, and are looked at query_offset later") {
  const auto days = group(kDay, 6h, 2min);
  CHECK(last_slot(days, "2026-03-29T06:01:59.999Z") == "2026-03-28T06:00:00Z");
  CHECK(last_slot(days, "2026-03-29T06:02:00Z") == "2026-03-29T06:00:00Z");
  CHECK(last_slot(days, "2026-03-30T06:01:59Z") == "2026-03-29T06:00:00Z");
  // Clocks in Europe were set forward between these: in UTC a day is a day.
  CHECK(last_slot(days, "2026-03-30T06:02:00Z") == "2026-03-30T06:00:00Z");
}

TEST_CASE("weeks begin on Thursdays, as the Unix epoch did; four days later on Mondays") {
  CHECK(last_slot(group(7 * kDay, 0s, 0s), "2026-11-21T12:00:00Z") == "2026-11-19T00:00:00Z");
  const auto weeks = group(7 * kDay, 4 * kDay, 30s);
  CHECK(last_slot(weeks, "2026-11-21T12:00:00Z") == "2026-11-16T00:00:00Z");
  CHECK(last_slot(weeks, "2026-11-23T00:00:29Z") == "2026-11-16T00:00:00Z");
  CHECK(last_slot(weeks, "2026-11-23T00:00:30Z") == "2026-11-23T00:00:00Z");
}

TEST_CASE("with a query_offset longer than the interval every slot has its turn, so much later") {
  const auto late = group(1min, 20s, 150s);
  Timetable table(std::vector{late}, [](int, std::optional<Duration>) { return Duration(1h); });
  Timestamp now = time("2026-11-21T12:00:00Z");
  Due due = table.take_due(now).at(0);
  CHECK(format_timestamp(due.slot) == "2026-11-21T11:57:20Z");
  for (int slot = 1; slot <= 5; ++slot) {
    const Timestamp before = due.slot;
    table.finished(due, {}, now);
    now = *table.next_due();
    CHECK(now == before + 1min + 150s);
    due = table.take_due(now).at(0);
    CHECK(due.slot == before + 1min);
    CHECK(due.since == now);
    CHECK(due.missed == 0);
  }
}

TEST_CASE("a negative time has slots too") {
  CHECK(last_slot(group(kDay, 6h, 0s), "1969-12-31T05:59:59Z") == "1969-12-30T06:00:00Z");
}

TEST_CASE("each slot of each combination is taken once, at its time, wherever it begins") {
  for (const Duration interval :
       {Duration(1s), Duration(7s), Duration(1min), Duration(1h), kDay, 7 * kDay}) {
    for (const Duration eval_offset : {Duration(0), interval / 4, interval - 1ms}) {
      for (const Duration query_offset : {Duration(0), interval / 3, interval, 5 * interval / 2}) {
        const auto own = group(interval, eval_offset, query_offset);
        Timetable table(std::vector{own}, [](int, std::optional<Duration>) { return 1s; });
        Timestamp now = time("2026-11-21T12:34:56.789Z");
        std::optional<Timestamp> before;
        for (int slot = 0; slot < 10; ++slot) {
          const Due due = table.take_due(now).at(0);
          CHECK((due.slot - eval_offset).time_since_epoch() % interval == Duration(0));
          CHECK(due.slot + query_offset <= now);
          CHECK(now < due.slot + query_offset + interval);
          if (before) CHECK(due.slot - *before == interval);
          before = due.slot;
          table.finished(due, {}, now);
          now = *table.next_due();
          CHECK(table.take_due(now - 1ms).empty());
        }
      }
    }
  }
}

}  // namespace
}  // namespace downsampled
