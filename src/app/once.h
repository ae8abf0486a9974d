// The command `once`: evaluates the last complete window of every group, prints what was recorded,
// and ends.
#pragma once

#include "app/evaluations.h"

namespace downsampled {

/// Prints the exposition text on standard output. A failure that may pass is retried for at most
/// the longest query timeout of a source. Returns the exit code: 0, or 1 if a rule failed.
int run_once(const Settings& settings, const Groups& groups, const Clock& clock,
             std::stop_token stop);

}  // namespace downsampled
