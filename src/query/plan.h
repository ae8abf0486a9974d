// Cuts a range query into pieces that a server will take, and smaller ones when it does not.
// Pure: no I/O and no time. Used by one evaluation, on its thread.
//
//   Plan plan(grid);
//   while (std::optional<Grid> piece = plan.next()) {
//     … ask for the piece; when it is too big: drop what came, and plan.halve() or give up …
//   }
#pragma once

#include <cstdint>
#include <optional>

#include "model/window.h"

namespace downsampled {

class Plan {
 public:
  /// Prometheus's limit on the points of one series in one reply, hard-coded in its
  /// web/api/v1/api.go and kept by most servers that follow its API.
  static constexpr std::int64_t kMostPoints = 11000;

  explicit Plan(Grid grid, std::int64_t max_points = kMostPoints);

  /// The next piece, at most max_points() long. The pieces are adjacent, in the order of time, and
  /// together exactly the grid; empty after the last.
  std::optional<Grid> next();

  /// Starts over with pieces half as long. False, and nothing changed, when they cannot be
  /// shorter: they are of one point.
  bool halve();

  /// The length of a piece now.
  std::int64_t max_points() const noexcept { return max_points_; }

 private:
  Grid grid_;
  std::int64_t max_points_;
  std::int64_t done_ = 0;
};

}  // namespace downsampled
