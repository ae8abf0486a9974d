#include "query/plan.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

namespace downsampled {
namespace {

Grid grid(std::int64_t count) {
  return {Timestamp(std::chrono::seconds(1700000000)), std::chrono::milliseconds(1500), count};
}

// Takes all pieces, and checks that they are adjacent and together the grid.
std::vector<std::int64_t> lengths(Plan& plan, const Grid& whole, std::int64_t most_points) {
  std::vector<std::int64_t> lengths;
  std::int64_t done = 0;
  while (const std::optional<Grid> piece = plan.next(most_points)) {
    REQUIRE(piece->count > 0);
    CHECK(piece->first == whole.at(done));
    CHECK(piece->step == whole.step);
    done += piece->count;
    lengths.push_back(piece->count);
  }
  CHECK(done == whole.count);
  return lengths;
}

TEST_CASE("a grid within the limit is one piece") {
  for (const std::int64_t count : {1, 240, 11000}) {
    Plan plan(grid(count));
    CHECK(lengths(plan, grid(count), 11000) == std::vector{count});
  }
}

TEST_CASE("an empty grid has no pieces") {
  Plan plan(grid(0));
  CHECK_FALSE(plan.next(10));
}

TEST_CASE("a long grid is cut at the limit, which is at least one point") {
  Plan plan(grid(25000));
  CHECK(lengths(plan, grid(25000), 11000) == std::vector<std::int64_t>{11000, 11000, 3000});
  CHECK(Plan(grid(3)).next(0)->count == 1);
  CHECK(Plan(grid(3)).next(-5)->count == 1);
}

TEST_CASE("a piece that was not answered is cut again where it began") {
  const Grid whole = grid(240);
  Plan plan(whole);
  plan.next(100);
  plan.next(100);
  plan.again();
  CHECK(plan.next(50) == Grid{whole.at(100), whole.step, 50});
  plan.again();
  plan.again();
  CHECK(plan.next(25) == Grid{whole.at(100), whole.step, 25});
  CHECK(plan.next(1000) == Grid{whole.at(125), whole.step, 115});
  plan.again();
  CHECK(plan.next(1000) == Grid{whole.at(125), whole.step, 115});
  CHECK_FALSE(plan.next(1000));
}

TEST_CASE("a restart begins at the first point") {
  const Grid whole = grid(240);
  Plan plan(whole);
  plan.next(100);
  plan.next(100);
  plan.restart();
  plan.again();
  CHECK(lengths(plan, whole, 120) == std::vector<std::int64_t>{120, 120});
}

TEST_CASE("however it is cut and cut again, the answered pieces are the grid") {
  std::mt19937_64 random(1);
  const auto below = [&](std::int64_t bound) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(bound));
  };
  for (int round = 0; round < 1000; ++round) {
    const Grid whole = grid(below(500));
    Plan plan(whole);
    std::int64_t answered = 0;
    for (int step = 0; const std::optional<Grid> piece = plan.next(1 + below(100)); ++step) {
      REQUIRE(step < 10'000);
      REQUIRE(piece->first == whole.at(answered));
      if (below(3) == 0) {
        plan.again();
      } else if (below(20) == 0) {
        plan.restart();
        answered = 0;
      } else {
        answered += piece->count;
      }
    }
    CHECK(answered == whole.count);
  }
}

}  // namespace
}  // namespace downsampled
