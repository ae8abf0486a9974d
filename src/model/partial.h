// What has to be kept of one series over one pane so that panes can be merged into windows: the
// fields that the aggregations of design.md need. Plain values; no allocation.
#pragma once

#include <cstdint>
#include <limits>

#include "model/compensated_sum.h"
#include "model/rule.h"
#include "model/series.h"

namespace downsampled {

/// Which fields a partial holds beyond those that cost nothing.
struct Fields {
  bool squares = false;  ///< the second moment, for stddev and stdvar

  /// Whether everything that `needed` asks for is here.
  bool include(Fields needed) const { return squares || !needed.squares; }
};

Fields fields_of(Aggregate aggregate);

struct Partial {
  std::uint64_t count = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  Sample last{};  ///< the newest sample; meaningless while count is 0
  CompensatedSum sum;
  double origin = 0;       ///< the first sample, that squares of large numbers need not cancel out
  CompensatedSum squares;  ///< of (sample - origin)², where the fields include it
  bool histogram = false;  ///< a native histogram stood at a covered point

  /// Takes one sample at a covered point; samples come in the order of their times.
  void add(const Sample& sample, Fields fields);

  /// Takes all of another partial of the same fields, over other points in time.
  void merge(const Partial& other);

  /// As merge(), of the squares alone; before count and sum are merged.
  void merge_squares(const Partial& other);

  friend bool operator==(const Partial&, const Partial&) = default;
};

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
