// Reads rows of the tables `pane` and `window` back. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "journal/sqlite.h"
#include "model/pane.h"
#include "model/snapshot.h"

namespace downsampled {

/// Of a row that begins with the payload, the end, and hash and payload of its series list. Throws
/// Error{damaged}, which names the file and the row, when they do not fit together or are not the
/// owner's (owner.h).
RecordedWindow read_window(const Query& row, std::uint64_t owner, const std::string& file);
std::shared_ptr<const Pane> read_pane(const Query& row, std::uint64_t owner,
                                      const std::string& file);

}  // namespace downsampled
