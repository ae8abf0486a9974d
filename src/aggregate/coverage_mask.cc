#include "aggregate/coverage_mask.h"

#include <cmath>

#include "aggregate/grid_cursor.h"

namespace downsampled {

CoverageMask CoverageMask::everything(const Grid& grid) { return {grid, true}; }

CoverageMask CoverageMask::nothing(const Grid& grid) { return {grid, false}; }

void CoverageMask::add(const Slice& slice) {
  GridCursor samples(grid_);
  for (const Sample& sample : slice.samples) {
    const auto index = static_cast<std::size_t>(samples.index_of(sample.time));
    if (!std::isnan(sample.value)) points_[index] = true;
  }
  GridCursor histograms(grid_);
  for (const Timestamp time : slice.histograms) {
    points_[static_cast<std::size_t>(histograms.index_of(time))] = true;
  }
}

Coverage CoverageMask::coverage() const {
  Coverage coverage{.points = grid_.count, .covered = 0, .newest = {}};
  for (std::int64_t index = 0; index < grid_.count; ++index) {
    if (!covers(index)) continue;
    ++coverage.covered;
    coverage.newest = grid_.at(index);
  }
  return coverage;
}

}  // namespace downsampled
