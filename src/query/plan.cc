#include "query/plan.h"

#include <algorithm>

namespace downsampled {

Plan::Plan(Grid grid, std::int64_t max_points)
    : grid_(grid), max_points_(std::max<std::int64_t>(max_points, 1)) {}

std::optional<Grid> Plan::next() {
  if (done_ >= grid_.count) return std::nullopt;
  const Grid piece{grid_.at(done_), grid_.step, std::min(max_points_, grid_.count - done_)};
  done_ += piece.count;
  return piece;
}

bool Plan::halve() {
  const std::int64_t longest = std::min(max_points_, grid_.count);
  if (longest <= 1) return false;
  max_points_ = (longest + 1) / 2;
  done_ = 0;
  return true;
}

}  // namespace downsampled
