#include "app/backfill_failures.h"

#include "base/duration.h"
#include "base/log.h"

namespace downsampled {

void BackfillFailures::take(const Group& group, const std::vector<FailedWindow>& failed) {
  for (const FailedWindow& one : failed) {
    const std::string& record = group.rules[one.rule].record;
    if (counts_[{group.id(), record, one.error.reason()}]++ > 0) continue;
    log::error("window failed; others of the rule with the same reason are only counted",
               {{"rule_group", group.id()},
                {"rule", record},
                {"window_end", format_timestamp(one.end)},
                {"reason", to_string(one.error.reason())},
                {"error", one.error.message()}});
  }
}

void BackfillFailures::log_counts() const {
  for (const auto& [what, windows] : counts_) {
    const auto& [group, record, reason] = what;
    log::error("windows failed", {{"rule_group", group},
                                  {"rule", record},
                                  {"reason", to_string(reason)},
                                  {"windows", windows}});
  }
}

std::size_t BackfillFailures::count() const {
  std::size_t all = 0;
  for (const auto& [what, windows] : counts_) all += windows;
  return all;
}

}  // namespace downsampled
