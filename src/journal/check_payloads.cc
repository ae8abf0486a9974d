#include "journal/check_payloads.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "journal/frame.h"
#include "journal/owner.h"

namespace downsampled {
namespace {

using Owners = std::unordered_map<std::int64_t, std::uint64_t>;

/// Of rows that begin with so many columns that say whose it is, and the id behind them.
Owners owners_in(Database& database, const char* keys, int columns) {
  Owners owners;
  Query row = database.query(keys);
  while (row.next()) owners.emplace(row.integer(columns), owner_of_row(row, columns));
  return owners;
}

/// `rows`: id, owner's id and payload, in the order in which they lie in the file.
void check_rows(Database& database, std::string_view what, const char* rows, const Owners& owners,
                const std::stop_token& stop) {
  Query row = database.query(rows);
  while (row.next()) {
    if (stop.stop_requested()) throw Error(Reason::canceled, "the check of the journal is stopped");
    const auto owner = owners.find(row.integer(1));
    if (owner != owners.end() && is_whole(row.bytes(2), owner->second)) continue;
    throw Error(Reason::damaged, fmt::format("{}: {} (row {}): its checksum does not match",
                                             database.file(), what, row.integer(0)));
  }
}

}  // namespace

void check_payloads(Database& database, const std::stop_token& stop) {
  const ReadTransaction at_once(database);  // a rule may be new, and a window the first of it
  check_rows(database, "a list of label sets", "SELECT id, 0, payload FROM series_list",
             {{0, kAnybody}}, stop);
  check_rows(database, "a window", "SELECT seq, rule, payload FROM window",
             owners_in(database, kRuleOwners, kRuleColumnCount), stop);
  check_rows(database, "a pane", "SELECT id, pane_key, payload FROM pane",
             owners_in(database, kPaneKeys, kPaneKeyColumnCount), stop);
}

}  // namespace downsampled
