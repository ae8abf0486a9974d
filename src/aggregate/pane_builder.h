// Reduces the series of a matrix to the partials of one pane as they arrive: a series is dropped as
// soon as it was added, so memory follows the number of series and not of samples.
// A series may arrive in pieces (a query cut in time), in the order of time; the cut leaves no
// trace in the bits of the result. Owned by one evaluation; not thread-safe.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "aggregate/coverage_mask.h"
#include "aggregate/slice.h"
#include "model/pane.h"

namespace downsampled {

class PaneBuilder {
 public:
  /// `mask` must outlive the builder.
  PaneBuilder(Window window, const Grid& grid, const CoverageMask& mask, Fields fields)
      : window_(window), grid_(grid), mask_(mask), fields_(fields) {}

  /// Throws Error{malformed_reply} for a sample that is not on the grid, {duplicate_series} for one
  /// that is not newer than those of its series before it.
  void add(const LabelSet& labels, const Slice& slice);
  void add(const Series& series) { add(series.labels, series); }

  /// Forgets all series: the query starts again from the first point.
  void reset();

  /// The pane. Leaves the builder empty.
  Pane finish();

 private:
  struct Entry {
    Partial partial;
    Presence presence;
  };

  const Window window_;
  const Grid grid_;
  const CoverageMask& mask_;
  const Fields fields_;
  std::unordered_map<LabelSet, Entry, LabelSetHash> entries_;
  std::uint64_t samples_ = 0;
  std::uint64_t histograms_ = 0;
};

}  // namespace downsampled
