// How a journal is opened by those who may only read it.
#pragma once

#include <string>

namespace downsampled {

/// Whether a write-ahead log is beside it: while somebody has it open, or after that was killed.
bool has_log(const std::string& file);

/// The name to open the file by, with SQLITE_OPEN_READONLY and SQLITE_OPEN_URI. Where it is
/// `alone`, without a log, it is read without a lock or a file of SQLite's own beside it: nothing
/// there is changed, and a reader needs no right to write to the folder.
std::string read_only_name(const std::string& file, bool alone);

}  // namespace downsampled
