// Whether a backfill can come to anything, before it leaves anything behind. Pure but for a look at
// the file system.
#pragma once

#include <string>

#include "config/settings.h"
#include "model/rule.h"

namespace downsampled {

/// The newest window of the group that may be recorded now, and ends in the span of the settings;
/// at or before its start there is none.
Timestamp last_to_backfill(const Settings& settings, const Group& group, Timestamp now);

/// The file that --output replaces: what a symbolic link leads to. Throws Error{config} for what is
/// there and no regular file, whose place a file would take: a device, a pipe, a directory.
std::string output_file(const std::string& output);

/// Throws Error{config} whose message names the flag to change.
void check_backfill(const Settings& settings, const Groups& groups, Timestamp now);

}  // namespace downsampled
