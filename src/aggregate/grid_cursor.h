// Finds the grid index of each sample of a series, in rising order. A server answers a range query
// at exactly the points that were asked for; anything else would be counted wrongly, so it is an
// error. Not thread-safe; one cursor per pass over a series.
#pragma once

#include <fmt/format.h>

#include <cstdint>

#include "base/error.h"
#include "model/series.h"
#include "model/window.h"

namespace downsampled {

class GridCursor {
 public:
  explicit GridCursor(const Grid& grid) : grid_(grid), expected_(grid.first) {}

  /// The index of the point at `time`. Throws Error{malformed_reply} where there is none.
  std::int64_t index_of(Timestamp time) {
    if (time < grid_.first || time > grid_.last()) off_grid(time);
    if (time != expected_) seek(time);  // a division a sample would cost more than the sum
    expected_ = time + grid_.step;
    return next_++;
  }

 private:
  void seek(Timestamp time) {
    const Duration since = time - grid_.first;
    if (since % grid_.step != Duration::zero()) off_grid(time);
    next_ = since / grid_.step;
  }

  [[noreturn]] void off_grid(Timestamp time) const {
    throw Error(Reason::malformed_reply,
                fmt::format("the reply has a sample at {} ms, which is not one of the {} points "
                            "from {} ms in steps of {} ms that the query asked for",
                            time.time_since_epoch().count(), grid_.count,
                            grid_.first.time_since_epoch().count(), grid_.step.count()));
  }

  Grid grid_;
  Timestamp expected_;
  std::int64_t next_ = 0;
};

}  // namespace downsampled
