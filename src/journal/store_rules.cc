// The rows that say what panes and windows are of: pane keys and rules.
#include "journal/rule_labels.h"
#include "journal/store.h"

namespace downsampled {

std::optional<std::int64_t> Store::pane_key_id(const PaneKey& key) {
  return database_.number(
      "SELECT id FROM pane_key WHERE source = ? AND expr = ? AND coverage = ? AND step = ? AND "
      "interval = ? AND width = ? AND eval_offset = ? AND query_offset = ?",
      std::string_view(key.source), std::string_view(key.expr), std::string_view(key.coverage),
      key.step, key.interval, key.width, key.eval_offset, key.query_offset);
}

std::int64_t Store::add_pane_key(const PaneKey& key) {
  if (const auto id = pane_key_id(key)) return *id;
  database_.run(
      "INSERT INTO pane_key(source, expr, coverage, step, interval, width, eval_offset, "
      "query_offset) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      std::string_view(key.source), std::string_view(key.expr), std::string_view(key.coverage),
      key.step, key.interval, key.width, key.eval_offset, key.query_offset);
  return database_.last_row();
}

std::optional<std::int64_t> Store::rule_id(const RuleKey& rule) {
  const auto key = pane_key_id(rule.panes);
  if (!key) return std::nullopt;
  const std::string labels = rule_labels_text(rule.labels);
  const std::string aggregate = to_string(rule.aggregate);
  return database_.number(
      "SELECT id FROM rule WHERE pane_key = ? AND record = ? AND labels = ? AND window = ? AND "
      "aggregate = ? AND absent = ?",
      *key, std::string_view(rule.record), std::string_view(labels), rule.window,
      std::string_view(aggregate), to_string(rule.absent));
}

std::int64_t Store::add_rule(const RuleKey& rule, std::string_view rule_group) {
  if (const auto id = rule_id(rule)) {
    database_.run("UPDATE rule SET rule_group = ?1 WHERE id = ?2 AND rule_group != ?1", rule_group,
                  *id);
    return *id;
  }
  const std::string labels = rule_labels_text(rule.labels);
  const std::string aggregate = to_string(rule.aggregate);
  database_.run(
      "INSERT INTO rule(pane_key, record, labels, window, aggregate, absent, rule_group) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
      add_pane_key(rule.panes), std::string_view(rule.record), std::string_view(labels),
      rule.window, std::string_view(aggregate), to_string(rule.absent), rule_group);
  return database_.last_row();
}

}  // namespace downsampled
