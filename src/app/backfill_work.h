// The windows that a backfill has to record, dealt out to its lanes in batches. A lane takes one
// stretch of a group's time from its oldest window to its newest, because neighboring windows may
// share panes; a lane that has finished its own takes over half of the longest. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/guarded.h"
#include "pipeline/evaluate_missing.h"

namespace downsampled {

class BackfillWork {
 public:
  struct Batch {
    std::size_t group = 0;
    MissingWindows windows;  ///< by rule of that group
  };

  /// `missing` by group. A batch has at most `most_points` grid points a series.
  BackfillWork(Groups groups, std::vector<MissingWindows> missing, std::int64_t most_points,
               std::size_t lanes);

  /// Windows in all.
  std::size_t total() const { return total_; }

  /// The lane's next batch; empty when nothing is left for it.
  std::optional<Batch> take(std::size_t lane);

  /// A batch took so long, and its windows had up to so many series: the next of the group is as
  /// long as fits into a few seconds, so that progress shows and little is lost on a kill.
  void learn(const Batch& batch, Duration elapsed, std::optional<std::size_t> series);

 private:
  struct Pace {
    std::size_t slots = 1;  ///< of the next batch
    std::optional<std::size_t> series = {};
  };
  struct State {
    std::deque<Batch> waiting;  // stretches that no lane has begun
    std::vector<Batch> lanes;   // what each has left of its stretch
    std::vector<Pace> paces;    // by group
  };
  static bool refill(State& state, std::size_t lane);

  const Groups groups_;
  const std::int64_t most_points_;
  std::size_t total_ = 0;
  Guarded<State> state_;
};

}  // namespace downsampled
