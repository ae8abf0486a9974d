// What keeps a journal small, and what brings the rows of one into another.
#include "journal/owner.h"
#include "journal/store.h"

namespace downsampled {
namespace {

// In one call, as others wait for it.
constexpr std::int64_t kMostRows = 100;
constexpr const char* kVacuumSome = "PRAGMA incremental_vacuum(2000)";

// And the id behind its columns.
PaneKey read_pane_key(const Query& row) {
  return {.source = std::string(row.bytes(0)),
          .expr = std::string(row.bytes(1)),
          .coverage = std::string(row.bytes(2)),
          .step = row.duration(3),
          .interval = row.duration(4),
          .width = row.duration(5),
          .eval_offset = row.duration(6),
          .query_offset = row.duration(7)};
}

// `main` into `disk`: rows of the same key are the same.
constexpr const char* kCopy = R"sql(
INSERT OR IGNORE INTO disk.pane_key(source, expr, coverage, step, interval, width, eval_offset,
                                    query_offset)
  SELECT source, expr, coverage, step, interval, width, eval_offset, query_offset
  FROM main.pane_key;
CREATE TEMP TABLE keys AS
  SELECT ours.id AS ours, theirs.id AS theirs FROM main.pane_key ours JOIN disk.pane_key theirs
  USING (source, expr, coverage, step, interval, width, eval_offset, query_offset);
INSERT INTO disk.rule(pane_key, record, labels, window, aggregate, absent, rule_group, settled)
  SELECT theirs, record, labels, window, aggregate, absent, rule_group, settled
  FROM main.rule JOIN keys ON ours = pane_key WHERE true
  ON CONFLICT DO UPDATE SET rule_group = excluded.rule_group,
    settled = max(ifnull(settled, excluded.settled), ifnull(excluded.settled, settled));
INSERT OR IGNORE INTO disk.series_list(hash, payload) SELECT hash, payload FROM main.series_list;
INSERT INTO disk.pane(pane_key, end, fields, series_list, payload)  -- perhaps with more fields
  SELECT theirs, end, fields, list.id, added.payload
  FROM main.pane added JOIN keys ON ours = pane_key
  JOIN main.series_list own ON own.id = series_list JOIN disk.series_list list USING (hash)
  WHERE true
  ON CONFLICT DO UPDATE SET fields = excluded.fields, series_list = excluded.series_list,
    payload = excluded.payload
    WHERE excluded.fields & fields = fields;
INSERT OR IGNORE INTO disk.window(rule, end, points, covered, series, series_list, payload)
  SELECT known.id, end, points, covered, series, list.id, added.payload
  FROM main.window added JOIN main.rule own ON own.id = added.rule JOIN keys ON ours = own.pane_key
  JOIN disk.rule known ON known.pane_key = theirs AND known.record = own.record AND
    known.labels = own.labels AND known.window = own.window AND
    known.aggregate = own.aggregate AND known.absent = own.absent
  JOIN main.series_list sets ON sets.id = series_list JOIN disk.series_list list USING (hash)
  ORDER BY seq;
)sql";

}  // namespace

/// How many it deleted, which is kMostRows where there may be more.
std::int64_t Store::prune_panes(const PanesBefore& before) {
  std::int64_t deleted = 0;
  Query row = database_.query(kPaneKeys);
  while (deleted < kMostRows && row.next()) {
    deleted += database_.run(
        "DELETE FROM pane WHERE id IN (SELECT id FROM pane WHERE pane_key = ? AND end < ? LIMIT ?)",
        row.integer(kPaneKeyColumnCount), before(read_pane_key(row)), kMostRows - deleted);
  }
  return deleted;
}

/// How many it deleted, which is kMostRows where there may be more.
std::int64_t Store::prune_series_lists() {
  return database_.run(
      "DELETE FROM series_list WHERE id IN (SELECT id FROM series_list WHERE "
      "NOT EXISTS (SELECT 1 FROM pane WHERE series_list = series_list.id) AND "
      "NOT EXISTS (SELECT 1 FROM window WHERE series_list = series_list.id) LIMIT ?)",
      kMostRows);
}

/// What says whose the rows are, where there are none any more: few and small.
void Store::prune_keys(Timestamp windows_before) {
  database_.run(
      "DELETE FROM rule WHERE ifnull(settled < ?, true) AND NOT EXISTS (SELECT 1 FROM window "
      "WHERE rule = rule.id)",
      windows_before);
  database_.run(
      "DELETE FROM pane_key WHERE NOT EXISTS (SELECT 1 FROM pane WHERE pane_key = pane_key.id) "
      "AND NOT EXISTS (SELECT 1 FROM rule WHERE pane_key = pane_key.id)");
}

bool Store::prune(const PanesBefore& panes_before, Timestamp windows_before) {
  Transaction all(database_);
  const std::int64_t panes = prune_panes(panes_before);
  const std::int64_t windows = database_.run(
      "DELETE FROM window WHERE seq IN (SELECT seq FROM window WHERE end < ? LIMIT ?)",
      windows_before, kMostRows);
  bool more = panes == kMostRows || windows == kMostRows;
  if (!more) more = prune_series_lists() == kMostRows;
  if (!more) prune_keys(windows_before);
  all.commit();
  const auto unused = database_.number("PRAGMA freelist_count");
  database_.run(kVacuumSome);
  const auto left = database_.number("PRAGMA freelist_count");
  if (more || (left > 0 && left < unused)) return true;
  count_rows();
  return false;
}

void Store::drop_panes(const PaneKey& key, Timestamp before) {
  if (const auto id = pane_key_id(key)) {
    counts_.panes -= database_.run("DELETE FROM pane WHERE pane_key = ? AND end < ?", *id, before);
  }
}

std::uintmax_t Store::size() {
  return static_cast<std::uintmax_t>(database_.number("PRAGMA page_count").value_or(0) *
                                     database_.number("PRAGMA page_size").value_or(0));
}

void Store::copy_to(const std::string& file) {
  database_.run("ATTACH ? AS disk", std::string_view(file));
  struct Detach {
    Database& database;
    ~Detach() { database.detach_disk(); }
  } detach{database_};
  Transaction all(database_);
  database_.script(kCopy);
  database_.script("DROP TABLE keys");
  all.commit();
}

}  // namespace downsampled
