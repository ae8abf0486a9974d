#include "aggregate/slice.h"

#include <doctest/doctest.h>

#include <map>
#include <vector>

#include "support/series.h"

namespace downsampled {
namespace {

using namespace test;

const std::vector<Window> kWindows = {{at(0), at(30)}, {at(30), at(60)}, {at(60), at(90)}};

/// By window, the times of the samples and, negative, of the histograms that it is given.
std::map<std::size_t, std::vector<std::int64_t>> sliced(
    const OwnedSeries& series, std::span<const Window> windows = kWindows) {
  std::map<std::size_t, std::vector<std::int64_t>> slices;
  for_each_slice(series.view(), windows, [&](std::size_t index, const Slice& slice) {
    REQUIRE_FALSE(slices.contains(index));
    for (const Sample& sample : slice.samples) {
      slices[index].push_back(sample.time.time_since_epoch().count());
    }
    for (const Timestamp time : slice.histograms) {
      slices[index].push_back(-time.time_since_epoch().count());
    }
  });
  return slices;
}

using Slices = std::map<std::size_t, std::vector<std::int64_t>>;

OwnedSeries with_times(const std::vector<std::int64_t>& samples,
                       const std::vector<std::int64_t>& histograms = {}) {
  OwnedSeries series{.labels = {}, .samples = {}};
  for (const std::int64_t time : samples) series.samples.push_back({at(time), 1});
  for (const std::int64_t time : histograms) series.histograms.push_back(at(time));
  return series;
}

TEST_CASE("a sample at the end of a window is in it, one at its start in the one before") {
  CHECK(sliced(with_times({1, 30, 31, 60, 61, 90})) ==
        Slices{{0, {1, 30}}, {1, {31, 60}}, {2, {61, 90}}});
}

TEST_CASE("a window in which the series has nothing is left out") {
  CHECK(sliced(with_times({10, 70})) == Slices{{0, {10}}, {2, {70}}});
  CHECK(sliced(with_times({})).empty());
}

TEST_CASE("samples outside go to the first and the last, that they are seen") {
  CHECK(sliced(with_times({-5, 0, 95})) == Slices{{0, {-5, 0}}, {2, {95}}});
}

TEST_CASE("native histograms are cut as samples are") {
  CHECK(sliced(with_times({10}, {30, 31, 99})) == Slices{{0, {10, -30}}, {1, {-31}}, {2, {-99}}});
}

TEST_CASE("one window gets the series as it is") {
  CHECK(sliced(with_times({-5, 10, 95}, {50}), {kWindows.data(), 1}) ==
        Slices{{0, {-5, 10, 95, -50}}});
}

}  // namespace
}  // namespace downsampled
