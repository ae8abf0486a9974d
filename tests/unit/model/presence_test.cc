#include "model/presence.h"

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <set>

namespace downsampled {
namespace {

Presence presence_of(const std::set<std::int64_t>& points) {
  Presence presence;
  for (const std::int64_t point : points) presence.add(point);
  return presence;
}

TEST_CASE("presence behaves as a set of points") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 500; ++round) {
    std::set<std::int64_t> one;
    std::set<std::int64_t> other;
    const std::uint64_t density = 1 + random() % 8;
    for (std::int64_t point = 0; point < 40; ++point) {
      if (random() % 8 < density) one.insert(point);
      if (random() % (8 * density) == 0) other.insert(point);
    }
    std::set<std::int64_t> both = one;
    both.insert(other.begin(), other.end());
    const bool overlap = both.size() < one.size() + other.size();
    Presence merged = presence_of(one);
    REQUIRE(merged.overlaps(presence_of(other)) == overlap);
    REQUIRE(presence_of(other).overlaps(merged) == overlap);
    merged.merge(presence_of(other));
    for (std::int64_t point = -1; point < 41; ++point) {
      REQUIRE(merged.contains(point) == (both.count(point) == 1));
    }
  }
}

TEST_CASE("presence comes back from its parts") {
  for (const std::set<std::int64_t>& points :
       {std::set<std::int64_t>{}, {0}, {3, 4, 5}, {0, 2}, {5, 9}}) {
    const Presence presence = presence_of(points);
    CHECK(Presence::from({presence.first(), presence.last(), presence.points()}) == presence);
  }
}

TEST_CASE("parts that do not fit together are no presence") {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  CHECK(Presence::from({0, 1, {true, true}}).has_value());
  CHECK_FALSE(Presence::from({-1, 1, {}}).has_value());
  CHECK_FALSE(Presence::from({3, 2, {}}).has_value());
  CHECK_FALSE(Presence::from({0, kMost, {}}).has_value());
  CHECK_FALSE(Presence::from({0, -1, {true}}).has_value());
  CHECK_FALSE(Presence::from({0, 1, {true}}).has_value());
  CHECK_FALSE(Presence::from({0, 1, {true, true, true}}).has_value());
}

}  // namespace
}  // namespace downsampled
