#include "schedule/spread.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace downsampled {
namespace {

using namespace std::chrono_literals;

std::string id(std::size_t group) { return fmt::format("/etc/rules/team.yaml;group {}", group); }

TEST_CASE("one group is not delayed, and few hardly") {
  CHECK(spread(id(0), 1h, 1) == 0s);
  for (std::size_t group = 0; group < 5; ++group) {
    CHECK(spread(id(group), 1h, 5) < 40ms);
    CHECK(spread(id(group), 1s, 100) < 50ms);
    CHECK(spread(id(group), 19ms, 100) == 0s);
    CHECK(spread(id(group), 1ms, 100) == 0s);
  }
}

TEST_CASE("a group's delay is its own, on every machine") {
  CHECK(spread("a", 1h, 10'000) == Duration(0xaf63dc4c8601ec8c % 5000));  // the FNV authors' own
  CHECK(spread("foobar", 1h, 10'000) == Duration(0x85944171f73967e8 % 5000));
}

TEST_CASE("hundreds of groups ask one after the other, within seconds") {
  constexpr std::size_t kGroups = 1000;
  for (const auto& [interval, width] :
       std::vector<std::pair<Duration, Duration>>{{10s, 500ms}, {1min, 3s}, {1h, 5s}, {24h, 5s}}) {
    std::vector<std::size_t> tenths(10);
    for (std::size_t group = 0; group < kGroups; ++group) {
      const Duration delay = spread(id(group), interval, kGroups);
      REQUIRE(delay >= 0s);
      REQUIRE(delay < width);
      ++tenths[static_cast<std::size_t>(delay * 10 / width)];
    }
    // 100 are expected, with a standard deviation of 9.5.
    CHECK(*std::ranges::min_element(tenths) > 60);
    CHECK(*std::ranges::max_element(tenths) < 140);
  }
}

}  // namespace
}  // namespace downsampled
