// Whether panes and windows are the same bit for bit: a NaN is itself, and -0 is not 0.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "model/pane.h"
#include "model/snapshot.h"

namespace downsampled::test {

inline bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

inline bool same_bits(const CompensatedSum& a, const CompensatedSum& b) {
  const CompensatedSum::Parts x = a.parts();
  const CompensatedSum::Parts y = b.parts();
  return same_bits(x.high, y.high) && same_bits(x.low, y.low) && x.scaled == y.scaled;
}

inline bool same_bits(const Partial& a, const Partial& b) {
  return a.count == b.count && same_bits(a.min, b.min) && same_bits(a.max, b.max) &&
         a.last.time == b.last.time && same_bits(a.last.value, b.last.value) &&
         same_bits(a.sum, b.sum) && same_bits(a.origin, b.origin) &&
         same_bits(a.squares, b.squares) && a.sketch == b.sketch && a.histogram == b.histogram;
}

inline bool same_bits(const PaneSeries& a, const PaneSeries& b) {
  return a.labels == b.labels && same_bits(a.partial, b.partial) && a.presence == b.presence;
}

inline bool same_bits(const RecordedSample& a, const RecordedSample& b) {
  return a.labels == b.labels && same_bits(a.value, b.value);
}

inline bool same_bits(const Pane& a, const Pane& b) {
  return a.window == b.window && a.fields == b.fields && a.coverage == b.coverage &&
         a.samples == b.samples && a.histograms == b.histograms &&
         std::equal(a.series.begin(), a.series.end(), b.series.begin(), b.series.end(),
                    [](const auto& x, const auto& y) { return same_bits(x, y); });
}

inline bool same_bits(const RecordedWindow& a, const RecordedWindow& b) {
  return a.window == b.window && a.points == b.points && a.covered == b.covered &&
         std::equal(a.samples.begin(), a.samples.end(), b.samples.begin(), b.samples.end(),
                    [](const auto& x, const auto& y) { return same_bits(x, y); });
}

}  // namespace downsampled::test
