// What happens to a journal that does not hold what was written to it: it is kept, under another
// name, for whoever wants to look into it.
#pragma once

#include <string>

#include "base/clock.h"

namespace downsampled {

/// Renames the file and its write-ahead log to `….corrupt-<now>`, and logs what is lost with it,
/// or why it could not be done; whether it was.
bool move_damaged_aside(const std::string& file, const std::string& problem, Timestamp now);

}  // namespace downsampled
