// The step that a group's grid gets when nobody says one (docs/design.md, "Rules").
// Pure functions.
#pragma once

#include <vector>

#include "base/clock.h"

namespace downsampled {

/// The largest whole number of seconds that is at most 15s and divides every length; where none
/// does, the largest number of milliseconds. `lengths`: the interval and the windows of a group,
/// not empty, all over 0.
Duration computed_step(const std::vector<Duration>& lengths);

}  // namespace downsampled
