// The part of a series that lies in one pane, for replies that span several. Views, as the series
// itself. Pure function.
#pragma once

#include <functional>
#include <span>

#include "model/series.h"
#include "model/window.h"

namespace downsampled {

struct Slice {
  Slice(const Series& series) : samples(series.samples), histograms(series.histograms) {}
  Slice(std::span<const Sample> some, std::span<const Timestamp> others)
      : samples(some), histograms(others) {}

  std::span<const Sample> samples;
  std::span<const Timestamp> histograms;
};

/// Calls `take` with the index of each window in which the series has something, and with that part
/// of it. The windows are adjacent, in the order of time, at least one. What lies before the first
/// goes to it, what lies behind the last to that: no sample is dropped unseen.
void for_each_slice(const Series& series, std::span<const Window> windows,
                    const std::function<void(std::size_t index, const Slice& slice)>& take);

}  // namespace downsampled
