// Series for tests, written point by point: `series({{"pod", "a"}}, grid, {1, 2, kNone, 3})` has no
// sample at the third point of the grid.
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "model/series.h"
#include "model/window.h"

namespace downsampled::test {

inline constexpr std::nullopt_t kNone = std::nullopt;
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInf = std::numeric_limits<double>::infinity();

using Points = std::vector<std::optional<double>>;

/// Owns what a Series only looks at.
struct OwnedSeries {
  LabelSet labels;
  std::vector<Sample> samples;
  std::vector<Timestamp> histograms = {};

  Series view() const { return {labels, samples, histograms}; }
};

inline OwnedSeries series(std::vector<Label> labels, const Grid& grid, const Points& points) {
  OwnedSeries owned{.labels = LabelSet(std::move(labels)), .samples = {}};
  for (std::size_t index = 0; index < points.size(); ++index) {
    if (points[index]) {
      owned.samples.push_back({grid.at(static_cast<std::int64_t>(index)), *points[index]});
    }
  }
  return owned;
}

inline Timestamp at(std::int64_t milliseconds) { return Timestamp(Duration(milliseconds)); }

}  // namespace downsampled::test
