#include "model/rule_key.h"

namespace downsampled {

RuleKey rule_key(const Group& group, const Rule& rule) {
  return {.panes = pane_key(group, rule),
          .record = rule.record,
          .labels = rule.labels,
          .window = rule.window,
          .aggregate = rule.aggregate,
          .absent = rule.absent};
}

}  // namespace downsampled
