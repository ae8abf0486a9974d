// Several past slots of a group in one go: what catch-up and backfill do. The panes of neighboring
// windows come from one query, and the journal gets everything in one piece. Runs on one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stop_token>
#include <vector>

#include "aggregate/rolling_window.h"
#include "base/error.h"
#include "pipeline/stages.h"

namespace downsampled {

/// By rule, the ends of the windows that it lacks, rising.
using MissingWindows = std::vector<std::vector<Timestamp>>;

std::size_t count(const MissingWindows& missing);

/// The rule's ends in (after, until] that the journal has no window for.
std::vector<Timestamp> missing_windows(const Group& group, const Rule& rule, Timestamp after,
                                       Timestamp until, const Stages& stages);

/// The slots in which any rule lacks its window, rising.
std::vector<Timestamp> slots_of(const MissingWindows& missing);

/// The part of `missing` that lies in its `slots` oldest slots.
MissingWindows oldest_of(const MissingWindows& missing, std::size_t slots);

struct FailedWindow {
  std::size_t rule;
  Timestamp end;
  Error error;
};

/// Whether no window can be evaluated now, whatever it is.
bool concerns_all(Reason reason);

struct CaughtUp {
  std::vector<std::size_t> recorded;  ///< windows by rule
  std::optional<std::size_t> series;  ///< the most that one of them has
  std::vector<FailedWindow> failed;
  /// The source cannot be asked now, or not by us, or the stop was requested: what is neither
  /// recorded nor failed was not tried.
  std::optional<Error> interrupted;
};

inline constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

/// Evaluates those windows and adds them to the journal. A window that fails keeps no other from
/// being recorded, but after `most_failures` of a rule its others are not tried. `patience` is for
/// each rule. `rolling` by rule. Throws what the journal throws.
CaughtUp evaluate_missing(const Group& group, const MissingWindows& missing,
                          std::vector<RollingWindow>& rolling, const Stages& stages,
                          Duration patience, std::stop_token stop,
                          std::size_t most_failures = kAnyNumber);

/// How many slots to evaluate at once: no more grid points a series than `most_points`, and no more
/// partials than fit into a bounded memory, at `series` a window. At least one, and one while it is
/// not known how many series there are.
std::size_t batch_of(const Group& group, std::int64_t most_points,
                     std::optional<std::size_t> series);

}  // namespace downsampled
