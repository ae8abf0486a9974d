#include "journal/schema.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"

namespace downsampled {
namespace {

constexpr std::int64_t kApplication = 0x64736a31;  // "dsj1"

// Times are milliseconds. The numbers of panes and windows are packed by packing.h.
// The version stands in `journal` as well as in the header: one flipped bit is not a newer version.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE journal(version INTEGER NOT NULL);
INSERT INTO journal VALUES (0);
CREATE TABLE pane_key(
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL, expr TEXT NOT NULL, coverage TEXT NOT NULL, step INTEGER NOT NULL,
  interval INTEGER NOT NULL, width INTEGER NOT NULL, eval_offset INTEGER NOT NULL,
  query_offset INTEGER NOT NULL,
  UNIQUE(source, expr, coverage, step, interval, width, eval_offset, query_offset));
CREATE TABLE rule(
  id INTEGER PRIMARY KEY,
  pane_key INTEGER NOT NULL REFERENCES pane_key, record TEXT NOT NULL, labels TEXT NOT NULL,
  window INTEGER NOT NULL, aggregate TEXT NOT NULL, absent TEXT NOT NULL,
  rule_group TEXT NOT NULL,  -- the newest
  settled INTEGER,           -- every slot until here is recorded or lost; NULL: never evaluated live
  UNIQUE(pane_key, record, labels, window, aggregate, absent));
CREATE INDEX rule_settled ON rule(settled);  -- so that a flipped bit of it is found
CREATE TABLE series_list(
  id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, payload BLOB NOT NULL);
CREATE TABLE pane(
  id INTEGER PRIMARY KEY,
  pane_key INTEGER NOT NULL REFERENCES pane_key, end INTEGER NOT NULL,
  series_list INTEGER NOT NULL REFERENCES series_list, payload BLOB NOT NULL,
  UNIQUE(pane_key, end));
CREATE INDEX pane_series_list ON pane(series_list);
CREATE INDEX pane_end ON pane(end);
CREATE TABLE window(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  rule INTEGER NOT NULL REFERENCES rule, end INTEGER NOT NULL,
  points INTEGER NOT NULL, covered INTEGER NOT NULL, series INTEGER NOT NULL,
  series_list INTEGER NOT NULL REFERENCES series_list, payload BLOB NOT NULL,
  UNIQUE(rule, end));
CREATE INDEX window_series_list ON window(series_list);
CREATE INDEX window_end ON window(end);
CREATE TABLE sink(
  name TEXT PRIMARY KEY,
  position INTEGER NOT NULL);  -- the seq of the last window that the sink has taken
)sql";

// The panes of version 1 held every field; they are a cache, and are asked for again.
constexpr const char* kVersion2 = R"sql(
DELETE FROM pane;
ALTER TABLE pane ADD COLUMN fields INTEGER NOT NULL DEFAULT 0;  -- a bit each
CREATE INDEX pane_fields ON pane(pane_key, end, fields);  -- which are there, without their payloads
)sql";

constexpr const char* kSteps[] = {kVersion1, kVersion2};

std::int64_t version_of(Database& database) {
  if (database.number("SELECT count(*) FROM sqlite_master") == 0) return 0;
  if (database.number("SELECT count(*) FROM sqlite_master WHERE name = 'journal'") == 1) {
    // In one look, as another process may be migrating.
    const auto version = database.number(
        "SELECT version FROM journal, pragma_user_version, pragma_application_id "
        "WHERE version = user_version AND application_id = ?",
        kApplication);
    if (version) return *version;
  }
  throw Error(Reason::damaged, database.file() + ": this is no journal of downsampled");
}

void refuse_newer(std::int64_t version, std::int64_t newest, const std::string& file) {
  if (version <= newest) return;
  throw Error(Reason::config,
              fmt::format("{}: was written by a newer downsampled (schema version {}, this one "
                          "knows {}); run that, or give another --storage.path (STORAGE_PATH)",
                          file, version, newest));
}

void check(Database& database, const char* pragma) {
  Query check = database.query(pragma);
  const bool said = check.next();
  if (said && check.bytes(0) == "ok") return;
  throw Error(Reason::damaged,
              fmt::format("{}: {}", database.file(), said ? check.bytes(0) : "no answer"));
}

}  // namespace

SchemaSteps schema_steps() { return kSteps; }

void refuse_others(Database& database, SchemaSteps steps) {
  refuse_newer(version_of(database), static_cast<std::int64_t>(steps.size()), database.file());
}

void require_newest(Database& database, SchemaSteps steps) {
  const std::int64_t version = version_of(database);
  const auto newest = static_cast<std::int64_t>(steps.size());
  refuse_newer(version, newest, database.file());
  if (version == newest) return;
  if (version == 0) {
    throw Error(Reason::damaged,
                database.file() + ": is empty, and no journal before a daemon has begun it");
  }
  throw Error(Reason::config,
              fmt::format("{}: was written by an older downsampled (schema version {}, this one "
                          "reads {}); start the daemon of this version once, which brings it up to "
                          "date",
                          database.file(), version, newest));
}

void migrate(Database& database, SchemaSteps steps) {
  const auto newest = static_cast<std::int64_t>(steps.size());
  while (version_of(database) != newest) {
    Transaction step(database);  // two processes may be here at once
    const std::int64_t version = version_of(database);
    refuse_newer(version, newest, database.file());
    if (version == newest) return;
    database.script(steps[static_cast<std::size_t>(version)]);
    database.script(fmt::format(
        "UPDATE journal SET version = {0}; PRAGMA user_version = {0}; PRAGMA application_id = {1}",
        version + 1, kApplication));
    step.commit();
  }
}

void check_structure(Database& database, std::stop_token stop) {
  const std::stop_callback interrupt(std::move(stop), [&] { database.interrupt(); });
  check(database, "PRAGMA integrity_check(1)");
}

void check_rules(Database& database) {
  check(database, "PRAGMA integrity_check(pane_key)");
  check(database, "PRAGMA integrity_check(rule)");
}

}  // namespace downsampled
