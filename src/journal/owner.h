// Whose a payload is: a number made of all that a pane key or a rule is, which every checksum of
// its panes and windows is seeded with. So a row that a damaged index or key leads to is not taken
// for the one that was asked for. Pure functions.
#pragma once

#include <cstdint>

#include "journal/sqlite.h"
#include "model/rule_key.h"

namespace downsampled {

std::uint64_t owner_of(const PaneKey& key);
std::uint64_t owner_of(const RuleKey& rule);

/// Of lists of label sets, which are shared: their hash says which one it is.
inline constexpr std::uint64_t kAnybody = 0;

/// The same numbers of a row: as owner_of(PaneKey) where that begins with the first 8 of source,
/// expr, coverage, step, interval, width, eval_offset, query_offset, record, labels, window,
/// aggregate, absent; as owner_of(RuleKey) of all 13, which are those of `rule JOIN pane_key`.
std::uint64_t owner_of_row(const Query& row, int columns);
inline constexpr int kPaneKeyColumnCount = 8;
/// All pane keys: those columns, and the id behind them.
inline constexpr const char* kPaneKeys = R"sql(
SELECT source, expr, coverage, step, interval, width, eval_offset, query_offset, id FROM pane_key
)sql";
inline constexpr int kRuleColumnCount = 13;
inline constexpr int kRecordColumn = 8;
/// All rules, a newer definition later: those columns, and the id behind them.
inline constexpr const char* kRuleOwners = R"sql(
SELECT source, expr, coverage, step, interval, width, eval_offset, query_offset, record, labels,
  window, aggregate, absent, rule.id
FROM rule JOIN pane_key ON pane_key.id = pane_key ORDER BY rule.id
)sql";

}  // namespace downsampled
