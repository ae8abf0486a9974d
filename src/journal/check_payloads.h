// Reads every packed row once, to find the flipped bit before somebody needs the row: SQLite's own
// check knows nothing of what is in a payload. One thread at a time.
#pragma once

#include <stop_token>

#include "journal/sqlite.h"

namespace downsampled {

/// Throws Error{damaged} unless the checksum of every pane, window and list of label sets is that
/// of its bytes and its owner (owner.h); Error{canceled} soon after `stop` is requested. Unpacks
/// nothing.
void check_payloads(Database& database, const std::stop_token& stop);

}  // namespace downsampled
