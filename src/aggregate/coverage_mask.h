// Which points of a pane's grid were observed at all. Built from the reply to the coverage
// expression: a point is covered when at least one series has a sample there that is not NaN, or a
// native histogram. Owned by the evaluation that made it; not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "aggregate/slice.h"
#include "model/partial.h"
#include "model/window.h"

namespace downsampled {

class CoverageMask {
 public:
  /// Every point of the grid covered: what a rule without a coverage expression means.
  static CoverageMask everything(const Grid& grid);
  /// No point covered, until add() says so.
  static CoverageMask nothing(const Grid& grid);

  /// Covers the points at which a series has something to say.
  /// Throws Error{malformed_reply} for a sample that is not on the grid.
  void add(const Slice& slice);

  bool covers(std::int64_t index) const { return points_[static_cast<std::size_t>(index)]; }

  /// The same as numbers.
  Coverage coverage() const;

 private:
  CoverageMask(const Grid& grid, bool covered)
      : grid_(grid), points_(static_cast<std::size_t>(grid.count), covered) {}

  Grid grid_;
  std::vector<bool> points_;
};

}  // namespace downsampled
