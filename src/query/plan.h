// Cuts a range query into pieces, each as long as its caller says, and goes back where one was not
// answered. Pure: no I/O and no time. Used by one evaluation, on its thread.
//
//   Plan plan(grid);
//   while (std::optional<Grid> piece = plan.next(points)) {
//     … ask for the piece; when it is too big: plan.again() or plan.restart(), with fewer points …
//   }
#pragma once

#include <cstdint>
#include <optional>

#include "model/window.h"

namespace downsampled {

class Plan {
 public:
  explicit Plan(Grid grid) : grid_(grid) {}

  /// The next piece, at most so many points long, and at least one. The pieces are adjacent, in the
  /// order of time, and together exactly the grid; empty after the last.
  std::optional<Grid> next(std::int64_t most_points);

  /// The newest piece was not answered: next() starts where it started.
  void again() {
    done_ -= newest_;
    newest_ = 0;
  }

  /// Nothing that was answered counts: next() starts at the first point.
  void restart() { done_ = newest_ = 0; }

 private:
  Grid grid_;
  std::int64_t done_ = 0;
  std::int64_t newest_ = 0;  // points of the newest piece
};

}  // namespace downsampled
