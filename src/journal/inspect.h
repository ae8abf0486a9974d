// What a journal holds, for people: its rules with their windows and gaps, and how far the sinks
// have read. Beside a daemon that writes it, too. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "journal/store.h"

namespace downsampled {

/// Slots without a window between the rule's first window and its last.
struct Gap {
  Timestamp first;
  Timestamp last;
  std::int64_t windows;
};

/// One definition of a rule: an edited rule is another.
struct RuleRows {
  std::string rule_group;  ///< `file;name`, as it was called last
  std::string record;
  std::string labels;  ///< the rule's own, `{a="1"}`
  std::string aggregate;
  Duration window{};
  std::int64_t windows = 0;
  std::int64_t points = 0;         ///< grid points of these
  std::int64_t covered = 0;        ///< of the points
  std::int64_t uncovered = 0;      ///< of these, those without a single covered point
  std::optional<Timestamp> first;  ///< end of the oldest window
  std::optional<Timestamp> last;
  std::optional<Timestamp> settled;  ///< every slot until here is recorded or lost
  std::vector<Gap> gaps;
};

struct SinkRow {
  std::string name;
  std::int64_t position;  ///< the seq of the last window that it has taken
  std::int64_t behind;    ///< windows after that
};

/// By rule group and record.
std::vector<RuleRows> rules_of(Store& store);
std::vector<SinkRow> sinks_of(Store& store);

/// The windows in (after, until] of all rules that record `record`: rule by rule, those of a newer
/// definition later, each in the order of time. Whether there is such a rule at all.
bool for_each_window(Store& store, const std::string& record, Timestamp after, Timestamp until,
                     const std::function<void(const RecordedWindow&)>& take);

}  // namespace downsampled
