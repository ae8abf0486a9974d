#include "journal/sketch_columns.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "journal/packing.h"
#include "unit/journal/random_rows.h"

namespace downsampled {
namespace {

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kZero = 1 << 17;  // the key of 0, as the first of a sketch

/// What is said of these columns: sizes, first keys, distances, counts.
std::string problem_of(const std::vector<Column>& columns) {
  ColumnWriter writer;
  for (const Column& column : columns) writer.column(column);
  const std::string content = writer.take();
  ColumnReader reader(content);
  Pane pane;
  pane.series.resize(columns[0].size());
  try {
    read_sketches(reader, pane);
    reader.finish();
  } catch (const Error& error) {
    REQUIRE(error.reason() == Reason::damaged);
    return error.message();
  }
  return {};
}

TEST_CASE("columns that make no sketches are refused, checksum or not") {
  REQUIRE(problem_of({{0, 2, 1}, {kZero, kZero}, {63}, {0, 6, 0}}) == "");
  REQUIRE(problem_of({{0, 0}, {}, {}, {}}) == "");
  const std::string impossible = "it has a sketch that cannot be";
  CHECK(problem_of({{1}, {kZero + 1}, {}, {0}}) == impossible);
  CHECK(problem_of({{1}, {0}, {}, {0}}) == impossible);
  CHECK(problem_of({{1}, {kAll}, {}, {0}}) == impossible);
  for (const std::uint64_t distance :
       {std::uint64_t{0}, std::uint64_t{62}, kAll, kAll / 2, kAll >> 33}) {
    CAPTURE(distance);
    CHECK(problem_of({{2}, {kZero}, {distance}, {0, 0}}) == impossible);
  }
  CHECK(problem_of({{1}, {kZero}, {}, {kAll}}) == "it counts more in a bucket than that takes");
  CHECK(problem_of({{1}, {kZero}, {}, {0xffffffff}}) ==
        "it counts more in a bucket than that takes");
  CHECK(problem_of({{1}, {kZero}, {}, {0xfffffffe}}) == "");
  CHECK(problem_of({{4098}, {kZero}, {}, {0}}) == "it has a sketch of too many buckets");
  CHECK(problem_of({{kAll, 2}, {kZero}, {}, {0}}) == "it has a sketch of too many buckets");
  CHECK(problem_of({{2}, {kZero}, {63}, {0}}) != "");
}

TEST_CASE("what the sketches of a pane of noise take") {
  std::mt19937_64 random(15);
  std::lognormal_distribution<double> noise(-3.0, 0.5);
  constexpr int kSeries = 10'000;
  for (const std::int64_t points : {4, 240}) {
    Pane pane{.fields = fields_of(Aggregate::quantile)};
    for (int i = 0; i < kSeries; ++i) {
      pane.series.push_back({.labels = LabelSet{{"pod", std::to_string(i)}}});
      for (std::int64_t point = 0; point < points; ++point) {
        pane.series.back().partial.add({test::at(point), noise(random)}, pane.fields);
        pane.series.back().presence.add(point);
      }
    }
    const double bytes = static_cast<double>(pack_pane(pane, 0).size()) / kSeries;
    MESSAGE("bytes a series of a quantile of ", points, " points: ", bytes);
    CHECK(bytes < 20 + static_cast<double>(points));
  }
}

}  // namespace
}  // namespace downsampled
