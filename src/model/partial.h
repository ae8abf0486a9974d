// What has to be kept of one series over one pane so that panes can be merged into windows: the
// fields that the aggregations of design.md need. Plain values; only a sketch allocates.
#pragma once

#include <cstdint>
#include <limits>

#include "model/compensated_sum.h"
#include "model/rule.h"
#include "model/series.h"
#include "model/sketch.h"

namespace downsampled {

/// Which fields a partial holds. Count and histogram flag always are; the others are as in a new
/// partial where they are not held.
struct Fields {
  bool sum = false;
  bool extremes = false;  ///< min and max
  bool last = false;
  bool squares = false;  ///< the second moment and its origin; of use only together with the sum
  bool sketch = false;   ///< of use only together with the extremes

  /// Whether everything that `needed` asks for is here.
  bool include(Fields needed) const { return united(needed) == *this; }
  Fields united(Fields other) const;
  friend bool operator==(const Fields&, const Fields&) = default;
};

inline constexpr Fields kAllFields{
    .sum = true, .extremes = true, .last = true, .squares = true, .sketch = true};

/// Those that the aggregate is made of.
Fields fields_of(Aggregate aggregate);

struct Partial {
  std::uint64_t count = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  Sample last{};  ///< the newest sample
  CompensatedSum sum;
  double origin = 0;       ///< the first sample, that squares of large numbers need not cancel out
  CompensatedSum squares;  ///< of (sample - origin)²
  Sketch sketch;
  bool histogram = false;  ///< a native histogram stood at a covered point

  /// Takes one sample at a covered point; samples come in the order of their times.
  void add(const Sample& sample, Fields fields);

  /// Takes all of another partial, over other points in time. Has the fields that both have.
  void merge(const Partial& other);

  /// Takes over these fields of another partial of the same samples.
  void take(const Partial& other, Fields fields);

  /// As merge(), of the squares alone; before count and sum are merged.
  void merge_squares(const Partial& other);

  friend bool operator==(const Partial&, const Partial&) = default;
};

/// What of a partial is yes or no, as bits. They stand in journals: none ever means another thing.
inline constexpr unsigned kHistogramFlag = 1;
inline constexpr unsigned kSumScaledFlag = 2;
inline constexpr unsigned kSquaresScaledFlag = 4;
unsigned flags_of(const Partial& partial);

/// How much of a window, or a pane, was observed.
struct Coverage {
  std::int64_t points = 0;   ///< grid points
  std::int64_t covered = 0;  ///< of these, the covered ones
  Timestamp newest{};        ///< the newest covered point; meaningless while covered is 0

  void merge(const Coverage& other);
  friend bool operator==(const Coverage&, const Coverage&) = default;
};

/// The one value that a window comes to: the table in design.md, "The numbers".
/// Requires partial.count > 0 and coverage.covered > 0; `step` is the grid's.
double reduce(const Partial& partial, const Coverage& coverage, Aggregate aggregate, Absent absent,
              Duration step);

}  // namespace downsampled
