#include "app/backfill_work.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace downsampled {
namespace {

using namespace std::chrono_literals;

constexpr Duration kHour = 1h;

Timestamp hour(int index) { return Timestamp(index * kHour); }

/// A group of `rules` rules with windows of an hour and a point a minute.
std::shared_ptr<const Group> group_of(std::size_t rules) {
  Group group;
  group.interval = kHour;
  group.step = 1min;
  group.rules.resize(rules);
  for (Rule& rule : group.rules) rule.window = kHour;
  return std::make_shared<const Group>(std::move(group));
}

/// The first `slots` hours, for each of `rules` rules.
MissingWindows hours(std::size_t rules, int slots) {
  std::vector<Timestamp> ends;
  for (int slot = 1; slot <= slots; ++slot) ends.push_back(hour(slot));
  return MissingWindows(rules, ends);
}

using Slots = std::set<Timestamp>;

Slots slots_of(const BackfillWork::Batch& batch) {
  Slots slots;
  for (const auto& ends : batch.windows) slots.insert(ends.begin(), ends.end());
  return slots;
}

TEST_CASE("every window is dealt out once, whichever lanes ask") {
  BackfillWork work({group_of(2), group_of(1), group_of(3)},
                    {hours(2, 50), hours(1, 7), {{}, {}, {}}}, 11000, 3);
  CHECK(work.total() == 107);
  std::map<std::tuple<std::size_t, std::size_t, Timestamp>, int> seen;
  std::set<std::size_t> ended;
  for (std::size_t turn = 0; ended.size() < 3; ++turn) {
    const std::size_t lane = turn % 7 % 3;  // not all equally fast
    const auto batch = work.take(lane);
    if (!batch) ended.insert(lane);
    if (!batch) continue;
    for (std::size_t rule = 0; rule < batch->windows.size(); ++rule) {
      for (const Timestamp end : batch->windows[rule]) ++seen[{batch->group, rule, end}];
    }
    work.learn(*batch, 1s, 10);
  }
  CHECK(seen.size() == 107);
  CHECK(std::ranges::all_of(seen, [](const auto& one) { return one.second == 1; }));
}

TEST_CASE("a lane goes on from its oldest windows; another takes over the newer half") {
  BackfillWork work({group_of(1)}, {hours(1, 9)}, 11000, 2);
  CHECK(slots_of(*work.take(0)) == Slots{hour(1)});
  CHECK(slots_of(*work.take(1)) == Slots{hour(6)});
  CHECK(slots_of(*work.take(0)) == Slots{hour(2)});
  CHECK(slots_of(*work.take(1)) == Slots{hour(7)});
}

TEST_CASE("batches grow while they are quick, and shrink when they are not") {
  BackfillWork work({group_of(1)}, {hours(1, 1000)}, 11000, 1);
  auto batch = work.take(0);
  for (const std::size_t slots : {2u, 4u, 8u}) {
    work.learn(*batch, 10ms, 1);
    batch = work.take(0);
    CHECK(slots_of(*batch).size() == slots);
  }
  work.learn(*batch, 20s, 1);  // 8 in 20 seconds are 2 in 5
  batch = work.take(0);
  CHECK(slots_of(*batch).size() == 2);
  work.learn(*batch, 1h, 1);
  CHECK(slots_of(*work.take(0)).size() == 1);
}

TEST_CASE("a batch is of no more points than one query may have, nor of too many series") {
  const auto longest = [](std::int64_t most_points, std::size_t series) {
    BackfillWork work({group_of(1)}, {hours(1, 5000)}, most_points, 1);
    std::size_t slots = 0;
    while (const auto batch = work.take(0)) {
      slots = std::max(slots, slots_of(*batch).size());
      work.learn(*batch, 0ms, series);
    }
    return slots;
  };
  CHECK(longest(11000, 1) == 183);  // 60 points each
  CHECK(longest(59, 1) == 1);
  CHECK(longest(11000, 100'000) == 2);
  CHECK(longest(11000, 1'000'000) == 1);
}

}  // namespace
}  // namespace downsampled
