// The command `backfill`: records past windows by the same rules, into the journal or, by way of a
// journal beside it, into an OpenMetrics file. What is recorded is not asked again, so the same
// command goes on where an earlier one stopped.
#pragma once

#include <stop_token>

#include "config/settings.h"
#include "model/rule.h"

namespace downsampled {

/// Returns the exit code: 0 when every window in (from, to] is recorded, 3 when some are not.
/// Throws Error.
int run_backfill(const Settings& settings, const Groups& groups, const Clock& clock,
                 std::stop_token stop);

}  // namespace downsampled
