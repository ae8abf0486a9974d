#include "query/plan.h"

#include <algorithm>

namespace downsampled {

std::optional<Grid> Plan::next(std::int64_t most_points) {
  if (done_ >= grid_.count) return std::nullopt;
  newest_ = std::clamp<std::int64_t>(most_points, 1, grid_.count - done_);
  const Grid piece{grid_.at(done_), grid_.step, newest_};
  done_ += newest_;
  return piece;
}

}  // namespace downsampled
