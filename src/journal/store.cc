#include "journal/store.h"

#include <fmt/format.h>

#include "base/error.h"
#include "journal/check_payloads.h"
#include "journal/owner.h"
#include "journal/packing.h"
#include "journal/row.h"
#include "journal/schema.h"

namespace downsampled {
namespace {

void set_up_connection(Database& database) {
  database.script("PRAGMA cache_size = -1024");
  // Where nothing else can be written, and there is no /tmp, a large transaction has to work too.
  database.script("PRAGMA temp_store = memory");
}

void set_up_file(Database& database) {
  // Before there is anything; later it would have no effect, but write.
  if (database.number("PRAGMA page_count") == 0)
    database.script("PRAGMA auto_vacuum = incremental");
  database.use_write_ahead_log();
  database.script("PRAGMA synchronous = full");
  database.script("PRAGMA foreign_keys = on");
  database.script("PRAGMA journal_size_limit = 16777216");
  // Debian's SQLite overwrites what is deleted otherwise: megabytes of log for what is no secret.
  database.script("PRAGMA secure_delete = off");
}

}  // namespace

Store::Store(const std::string& file, const Options& options) : database_(file, options.access) {
  database_.wait_for_others(options.patience);
  const bool read_only = options.access == Access::read;
  (read_only ? require_newest : refuse_others)(database_, schema_steps());
  set_up_connection(database_);
  if (!read_only) set_up_file(database_);
  if (options.check) check_structure(database_, options.stop);
  if (!read_only) migrate(database_, schema_steps());
  if (options.check) {
    check_payloads(database_, options.stop);
  } else {
    check_rules(database_);
  }
  count_rows();
}

std::shared_ptr<const Pane> Store::find_pane(const PaneKey& key, Timestamp end) {
  const auto id = pane_key_id(key);
  if (!id) return nullptr;
  Query row = database_.query(
      "SELECT pane.payload, end, hash, series_list.payload FROM pane "
      "JOIN series_list ON series_list.id = series_list WHERE pane_key = ? AND end = ?",
      *id, end);
  return row.next() ? read_pane(row, owner_of(key), database_.file()) : nullptr;
}

std::vector<Timestamp> Store::pane_ends(const PaneKey& key, Timestamp first, Timestamp last,
                                        Fields fields) {
  std::vector<Timestamp> ends;
  const auto id = pane_key_id(key);
  if (!id) return ends;
  Query rows = database_.query(
      "SELECT end FROM pane WHERE pane_key = ? AND end BETWEEN ? AND ? AND fields & ?4 = ?4 "
      "ORDER BY end",
      *id, first, last, static_cast<std::int64_t>(field_bits(fields)));
  while (rows.next()) ends.push_back(rows.time(0));
  return ends;
}

std::optional<RecordedWindow> Store::find_window(const RuleKey& rule, Timestamp end) {
  const auto id = rule_id(rule);
  if (!id) return std::nullopt;
  Query row = database_.query(
      "SELECT window.payload, end, hash, series_list.payload FROM window "
      "JOIN series_list ON series_list.id = series_list WHERE rule = ? AND end = ?",
      *id, end);
  return row.next() ? std::optional(read_window(row, owner_of(rule), database_.file()))
                    : std::nullopt;
}

std::optional<RecordedWindow> Store::newest_window(const RuleKey& rule) {
  const auto id = rule_id(rule);
  if (!id) return std::nullopt;
  Query row = database_.query(
      "SELECT window.payload, end, hash, series_list.payload FROM window "
      "JOIN series_list ON series_list.id = series_list WHERE rule = ? ORDER BY end DESC LIMIT 1",
      *id);
  return row.next() ? std::optional(read_window(row, owner_of(rule), database_.file()))
                    : std::nullopt;
}

std::vector<Timestamp> Store::window_ends(const RuleKey& rule, Timestamp first, Timestamp last) {
  std::vector<Timestamp> ends;
  const auto id = rule_id(rule);
  if (!id) return ends;
  Query rows =
      database_.query("SELECT end FROM window WHERE rule = ? AND end BETWEEN ? AND ? ORDER BY end",
                      *id, first, last);
  while (rows.next()) ends.push_back(rows.time(0));
  return ends;
}

void Store::add(const Entries& entries) {
  RowCounts after = counts_;
  Transaction all(database_);
  for (const Entries::NewPane& pane : entries.panes) after.panes += add_pane(pane);
  for (const Entries::NewWindow& window : entries.windows) after.windows += add_window(window);
  all.commit();
  counts_ = after;
}

std::int64_t Store::add_series_list(const LabelSetRefs& label_sets) {
  const std::string hash = hash_label_sets(label_sets);
  if (const auto id = database_.number("SELECT id FROM series_list WHERE hash = ?", Blob{hash})) {
    return *id;
  }
  const std::string payload = pack_label_sets(label_sets);
  database_.run("INSERT INTO series_list(hash, payload) VALUES (?, ?)", Blob{hash}, Blob{payload});
  return database_.last_row();
}

/// Groups that share a key may need other fields each: none takes those of another away. Null where
/// it is the same again.
std::shared_ptr<const Pane> Store::with_known_fields(const Entries::NewPane& added) {
  const auto known = find_pane(added.key, added.pane->window.end);
  if (!known) return added.pane;
  const bool same =
      known->samples == added.pane->samples && known->series.size() == added.pane->series.size();
  if (same && known->fields.include(added.pane->fields)) return nullptr;
  if (added.pane->fields.include(known->fields)) return added.pane;
  return std::make_shared<const Pane>(united(*added.pane, *known));
}

/// Whether it was new.
bool Store::add_pane(const Entries::NewPane& added) {
  const std::int64_t key = add_pane_key(added.key);
  const Timestamp end = added.pane->window.end;
  const std::shared_ptr<const Pane> pane = with_known_fields(added);
  if (!pane) return false;
  const std::int64_t list = add_series_list(label_sets_of(*pane));
  const auto fields = static_cast<std::int64_t>(field_bits(pane->fields));
  const std::string payload = pack_pane(*pane, owner_of(added.key));
  const std::int64_t replaced = database_.run(
      "UPDATE pane SET fields = ?, series_list = ?, payload = ? "
      "WHERE pane_key = ? AND end = ?",
      fields, list, Blob{payload}, key, end);
  if (replaced > 0) return false;
  database_.run(
      "INSERT INTO pane(pane_key, end, fields, series_list, payload) VALUES (?, ?, ?, ?, ?)", key,
      end, fields, list, Blob{payload});
  return true;
}

/// Whether it was new.
bool Store::add_window(const Entries::NewWindow& added) {
  const RecordedWindow& window = *added.window;
  const std::int64_t rule = add_rule(added.rule, added.rule_group);
  const std::int64_t list = add_series_list(label_sets_of(window));
  const std::string payload = pack_window(window, owner_of(added.rule));
  const std::int64_t rows = database_.run(
      "INSERT INTO window(rule, end, points, covered, series, series_list, payload) "
      "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
      rule, window.window.end, window.points, window.covered,
      static_cast<std::int64_t>(window.samples.size()), list, Blob{payload});
  // The next after the settled ones is settled too; over a gap settle() goes.
  const Timestamp end = window.window.end;
  database_.run("UPDATE rule SET settled = ? WHERE id = ? AND settled = ?", end, rule,
                end - added.rule.panes.interval);
  return rows > 0;
}

std::optional<Timestamp> Store::settled(const RuleKey& rule) {
  const auto id = rule_id(rule);
  if (!id) return std::nullopt;
  Query row = database_.query("SELECT settled FROM rule WHERE id = ?", *id);
  return row.next() && !row.null(0) ? std::optional(row.time(0)) : std::nullopt;
}

void Store::settle(const std::vector<Settled>& rules) {
  bool new_rule = false;
  Transaction all(database_);
  for (const auto& [rule, rule_group, until] : rules) {
    new_rule |= !settled(rule).has_value();
    database_.run("UPDATE rule SET settled = ? WHERE id = ?", until, add_rule(rule, rule_group));
  }
  all.commit();
  // Where the log is damaged later, the file says from when on windows are missing.
  if (new_rule) checkpoint();
}

void Store::checkpoint() { database_.script("PRAGMA wal_checkpoint(PASSIVE)"); }

void Store::count_rows() {
  counts_.panes = database_.number("SELECT count(*) FROM pane").value_or(0);
  counts_.windows = database_.number("SELECT count(*) FROM window").value_or(0);
}

RowCounts Store::counts() {
  RowCounts counts = counts_;
  Query oldest = database_.query("SELECT min(end) FROM window");
  if (oldest.next() && !oldest.null(0)) counts.oldest_window = oldest.time(0);
  return counts;
}

}  // namespace downsampled
