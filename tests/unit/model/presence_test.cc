#include "model/presence.h"

#include <doctest/doctest.h>

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

}  // namespace
}  // namespace downsampled
