// Windows and grids: which points in time an average is about. All windows are left-open,
// (start, end], and a grid is the multiples of the step in one. Pure values.
#pragma once

#include <cstdint>

#include "model/timestamp.h"

namespace downsampled {

/// The time (start, end].
struct Window {
  Timestamp start;  ///< exclusive
  Timestamp end;    ///< inclusive

  Duration width() const { return end - start; }
  friend bool operator==(const Window&, const Window&) = default;
};

/// `count` points: first, first + step, …
struct Grid {
  Timestamp first;
  Duration step{1};
  std::int64_t count = 0;

  Timestamp at(std::int64_t index) const { return first + index * step; }
  Timestamp last() const { return at(count - 1); }
  friend bool operator==(const Grid&, const Grid&) = default;
};

/// The window of width `width` that ends at `end`.
Window window_ending(Timestamp end, Duration width);

/// The multiples of `step` (counted from the Unix epoch) in the window:
/// floor(end / step) - floor(start / step) of them. step > 0.
Grid grid_of(Window window, Duration step);

/// The newest time that is a multiple of `period`, shifted by `offset`, and not after `time`.
Timestamp align_down(Timestamp time, Duration period, Duration offset = Duration::zero());

}  // namespace downsampled
