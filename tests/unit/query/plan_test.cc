#include "query/plan.h"

#include <doctest/doctest.h>

#include <vector>

namespace downsampled {
namespace {

Grid grid(std::int64_t count) {
  return {Timestamp(std::chrono::seconds(1700000000)), std::chrono::milliseconds(1500), count};
}

// Takes all pieces, and checks that they are adjacent and together the grid.
std::vector<std::int64_t> lengths(Plan& plan, const Grid& whole) {
  std::vector<std::int64_t> lengths;
  std::int64_t done = 0;
  while (const std::optional<Grid> piece = plan.next()) {
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
    CHECK(lengths(plan, grid(count)) == std::vector{count});
  }
}

TEST_CASE("an empty grid has no pieces and cannot be halved") {
  Plan plan(grid(0));
  CHECK_FALSE(plan.next());
  CHECK_FALSE(plan.halve());
}

TEST_CASE("a long grid is cut at the limit") {
  Plan plan(grid(25000));
  CHECK(lengths(plan, grid(25000)) == std::vector<std::int64_t>{11000, 11000, 3000});
}

TEST_CASE("a limit of the caller's holds") {
  CHECK(Plan(grid(25000), 100).next()->count == 100);
  CHECK(Plan(grid(25000), 1 << 30).next()->count == 25000);
  CHECK(Plan(grid(25000), 0).next()->count == 1);
}

TEST_CASE("halving starts over with pieces half as long") {
  const Grid whole = grid(240);
  Plan plan(whole);
  plan.next();
  REQUIRE(plan.halve());
  CHECK(plan.max_points() == 120);
  CHECK(lengths(plan, whole) == std::vector<std::int64_t>{120, 120});
}

TEST_CASE("halving ends at one point, with the whole grid still covered") {
  for (const std::int64_t count : {1, 2, 3, 7, 240, 11001, 30000}) {
    CAPTURE(count);
    const Grid whole = grid(count);
    Plan plan(whole);
    std::vector<std::int64_t> cut = lengths(plan, whole);
    int halvings = 0;
    for (std::int64_t longest = std::min(count, Plan::kMostPoints); plan.halve(); ++halvings) {
      CHECK(plan.max_points() < longest);
      longest = plan.max_points();
      cut = lengths(plan, whole);
      REQUIRE(halvings < 64);
    }
    CHECK(cut == std::vector<std::int64_t>(static_cast<std::size_t>(count), 1));
    CHECK_FALSE(plan.halve());
  }
}

}  // namespace
}  // namespace downsampled
