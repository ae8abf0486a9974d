#include "aggregate/pane_builder.h"

#include <doctest/doctest.h>

#include <chrono>
#include <random>

#include "base/error.h"
#include "support/series.h"

namespace downsampled {
namespace {

using namespace test;
using namespace std::chrono_literals;

const Window kWindow{at(0), at(60'000)};
const Grid kGrid = grid_of(kWindow, 10s);  // 10 s, 20 s, … 60 s
constexpr Fields kFields{
    .sum = true, .extremes = true, .last = true, .squares = true, .sketch = true};

TEST_CASE("only covered samples that are numbers count") {
  CoverageMask mask = CoverageMask::nothing(kGrid);
  mask.add(series({}, kGrid, {0, kNone, kNaN, 1, 1, kNone}).view());
  CHECK(mask.coverage() == Coverage{.points = 6, .covered = 3, .newest = at(50'000)});
  PaneBuilder builder(kWindow, kGrid, mask, kFields);
  builder.add(series({{"pod", "a"}}, kGrid, {1, 2, 4, 8, kNaN, 32}).view());
  const Pane pane = builder.finish();
  REQUIRE(pane.series.size() == 1);
  CHECK(pane.series[0].partial.count == 2);
  CHECK(pane.series[0].partial.sum.value() == 9);
  CHECK(pane.series[0].partial.last == Sample{at(40'000), 8});
  CHECK(pane.coverage.covered == 3);
}

TEST_CASE("a native histogram covers its point but is no sample") {
  CoverageMask mask = CoverageMask::nothing(kGrid);
  OwnedSeries histogram = series({{"pod", "a"}}, kGrid, {});
  histogram.histograms = {at(20'000)};
  mask.add(histogram.view());
  CHECK(mask.coverage().covered == 1);
  PaneBuilder builder(kWindow, kGrid, mask, kFields);
  builder.add(histogram.view());
  const Pane pane = builder.finish();
  CHECK(pane.histograms == 1);
  REQUIRE(pane.series.size() == 1);
  CHECK(pane.series[0].partial.histogram);
  CHECK(pane.series[0].partial.count == 0);
}

TEST_CASE("a series without a covered sample leaves no trace") {
  const CoverageMask mask = CoverageMask::everything(kGrid);
  PaneBuilder builder(kWindow, kGrid, mask, kFields);
  builder.add(series({{"pod", "a"}}, kGrid, {kNaN, kNaN}).view());
  CHECK(builder.finish().series.empty());
}

TEST_CASE("a sample that is not newer than those of its series before it is an error") {
  const CoverageMask mask = CoverageMask::everything(kGrid);
  const OwnedSeries first = series({{"pod", "a"}}, kGrid, {1, 2, 4});
  const OwnedSeries second = series({{"pod", "a"}}, kGrid, {kNone, kNone, 8});
  PaneBuilder builder(kWindow, kGrid, mask, kFields);
  builder.add(first.view());
  try {
    builder.add(second.view());
    FAIL("two samples at one time were taken");
  } catch (const Error& error) {
    CHECK(error.reason() == Reason::duplicate_series);
  }
}

TEST_CASE("a sample that is not on the grid is an error") {
  const CoverageMask mask = CoverageMask::everything(kGrid);
  for (const std::int64_t time : {0, 5'000, 15'000, 70'000}) {
    PaneBuilder builder(kWindow, kGrid, mask, kFields);
    OwnedSeries off = series({}, kGrid, {});
    off.samples = {{at(time), 1.0}};
    CHECK_THROWS_AS(builder.add(off.view()), Error);
  }
}

TEST_CASE("however a query was cut in time, the pane has the same bits") {
  const Window window{at(0), at(3'600'000)};
  const Grid grid = grid_of(window, 15s);
  std::mt19937_64 random(4);
  std::normal_distribution<double> normal(0.1, 1e3);
  const CoverageMask mask = CoverageMask::everything(grid);
  std::vector<OwnedSeries> whole;
  for (const char* pod : {"a", "b", "c"}) {
    Points points;
    for (int index = 0; index < grid.count; ++index) {
      points.push_back(random() % 5 ? std::optional(normal(random)) : std::nullopt);
    }
    whole.push_back(series({{"pod", pod}}, grid, points));
  }
  const auto pane_of = [&](std::int64_t points_a_piece) {
    PaneBuilder builder(window, grid, mask, kFields);
    for (std::int64_t from = 0; from < grid.count; from += points_a_piece) {
      for (const OwnedSeries& all : whole) {
        OwnedSeries piece{.labels = all.labels, .samples = {}};
        for (const Sample& sample : all.samples) {
          const std::int64_t index = (sample.time - grid.first) / grid.step;
          if (index >= from && index < from + points_a_piece) piece.samples.push_back(sample);
        }
        builder.add(piece.view());
      }
    }
    return builder.finish();
  };
  const Pane expected = pane_of(grid.count);
  for (const std::int64_t points_a_piece : {1, 2, 7, 100, 239}) {
    const Pane pane = pane_of(points_a_piece);
    REQUIRE(pane.series.size() == expected.series.size());
    for (std::size_t index = 0; index < pane.series.size(); ++index) {
      CHECK(pane.series[index].labels == expected.series[index].labels);
      CHECK(pane.series[index].partial == expected.series[index].partial);
      CHECK(pane.series[index].presence == expected.series[index].presence);
    }
  }
}

}  // namespace
}  // namespace downsampled
