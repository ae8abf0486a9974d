// Which windows are the same rule's: all that their values depend on, and nothing else. A rule that
// is edited has another key and starts afresh; one whose group or file is renamed keeps its own.
// Plain value.
#pragma once

#include <string>

#include "model/pane.h"

namespace downsampled {

struct RuleKey {
  PaneKey panes;
  std::string record;
  RuleLabels labels;
  Duration window{};
  Aggregate aggregate = Aggregate::avg;
  Absent absent = Absent::skip;

  friend bool operator==(const RuleKey&, const RuleKey&) = default;
};

RuleKey rule_key(const Group& group, const Rule& rule);

}  // namespace downsampled
