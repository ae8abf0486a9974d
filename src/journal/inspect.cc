#include "journal/inspect.h"

#include "journal/owner.h"
#include "journal/row.h"

namespace downsampled {
namespace {

constexpr const char* kRules = R"sql(
SELECT rule.id, rule_group, record, labels, aggregate, window, settled, interval,
  count(end), ifnull(sum(covered = 0), 0), min(end), max(end),
  ifnull(sum(points), 0), ifnull(sum(covered), 0)
FROM rule JOIN pane_key ON pane_key.id = pane_key LEFT JOIN window ON window.rule = rule.id
GROUP BY rule.id ORDER BY rule_group, record, rule.id
)sql";

std::optional<Timestamp> time_or_none(const Query& row, int column) {
  return row.null(column) ? std::nullopt : std::optional(row.time(column));
}

std::vector<Gap> gaps_of(Store& store, std::int64_t rule, Duration interval) {
  std::vector<Gap> gaps;
  std::optional<Timestamp> before;
  Query ends = store.database().query("SELECT end FROM window WHERE rule = ? ORDER BY end", rule);
  for (; ends.next(); before = ends.time(0)) {
    const Timestamp end = ends.time(0);
    if (!before || end <= *before + interval) continue;
    gaps.push_back({*before + interval, end - interval, (end - *before) / interval - 1});
  }
  return gaps;
}

}  // namespace

std::vector<RuleRows> rules_of(Store& store) {
  std::vector<RuleRows> rules;
  Query row = store.database().query(kRules);
  while (row.next()) {
    rules.push_back({.rule_group = std::string(row.bytes(1)),
                     .record = std::string(row.bytes(2)),
                     .labels = std::string(row.bytes(3)),
                     .aggregate = std::string(row.bytes(4)),
                     .window = row.duration(5),
                     .windows = row.integer(8),
                     .points = row.integer(12),
                     .covered = row.integer(13),
                     .uncovered = row.integer(9),
                     .first = time_or_none(row, 10),
                     .last = time_or_none(row, 11),
                     .settled = time_or_none(row, 6),
                     .gaps = gaps_of(store, row.integer(0), row.duration(7))});
  }
  return rules;
}

std::vector<SinkRow> sinks_of(Store& store) {
  std::vector<SinkRow> sinks;
  Query row = store.database().query(
      "SELECT name, position, (SELECT count(*) FROM window WHERE seq > position) FROM sink "
      "ORDER BY name");
  while (row.next()) {
    sinks.push_back({std::string(row.bytes(0)), row.integer(1), row.integer(2)});
  }
  return sinks;
}

bool for_each_window(Store& store, const std::string& record, Timestamp after, Timestamp until,
                     const std::function<void(const RecordedWindow&)>& take) {
  struct Found {
    std::int64_t id;
    std::uint64_t owner;
  };
  std::vector<Found> rules;
  Query rule = store.database().query(kRuleOwners);
  while (rule.next()) {
    if (rule.bytes(kRecordColumn) != record) continue;
    rules.push_back({rule.integer(kRuleColumnCount), owner_of_row(rule, kRuleColumnCount)});
  }
  for (const auto& [id, owner] : rules) {
    Query row = store.database().query(
        "SELECT window.payload, end, hash, series_list.payload FROM window JOIN series_list "
        "ON series_list.id = series_list WHERE rule = ? AND end > ? AND end <= ? ORDER BY end",
        id, after, until);
    while (row.next()) take(read_window(row, owner, store.database().file()));
  }
  return !rules.empty();
}

}  // namespace downsampled
