// The tables of the journal, and how a file of an older version becomes one of this: a step a
// version, each in a transaction of its own. docs/design.md says what the tables hold.
// One thread at a time.
#pragma once

#include <span>
#include <stop_token>

#include "journal/sqlite.h"

namespace downsampled {

/// Step i makes version i + 1 of version i; version 0 is an empty file.
using SchemaSteps = std::span<const char* const>;

SchemaSteps schema_steps();

/// Throws Error{config} for a file of a newer version, Error{damaged} for one that is no journal.
/// Changes nothing.
void refuse_others(Database& database, SchemaSteps steps);

/// For who only reads. Throws Error{config} for any other version than the newest, Error{damaged}
/// for what is no journal, an empty file too.
void require_newest(Database& database, SchemaSteps steps);

/// Brings the file to the newest version; throws as refuse_others().
void migrate(Database& database, SchemaSteps steps);

/// Throws Error{damaged} unless SQLite finds the file's structure whole, and its rows those of its
/// indexes; Error{canceled} soon after `stop` is requested, as a large file takes long.
void check_structure(Database& database, std::stop_token stop);

/// The same of what says whose the rows are, which is small: panes and windows have checksums of
/// their own.
void check_rules(Database& database);

}  // namespace downsampled
