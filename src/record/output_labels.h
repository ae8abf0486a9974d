// The output label sets that a rule's input series come to. What one pane's come to is remembered
// for the next, which mostly has the same: a month at a minute is 43200 panes. One thread at a
// time; for one rule.
#pragma once

#include <cstddef>
#include <vector>

#include "model/block.h"
#include "model/pane.h"

namespace downsampled {

class OutputLabels {
 public:
  explicit OutputLabels(const RuleLabels& labels) : own_(labels) {}

  struct Outputs {
    LabelSets labels;                 ///< sorted, each once
    std::vector<std::size_t> places;  ///< by input series: its place in them
  };

  /// Until the next call.
  const Outputs& of(const Pane& pane);

 private:
  bool are_inputs(const Pane& pane) const;

  const RuleLabels own_;
  std::vector<LabelSet> inputs_;
  Outputs outputs_;
};

/// The input labels without `__name__` and with the rule's own over them, as Prometheus's recording
/// rules do; an empty label value removes the label.
LabelSet output_labels(const LabelSet& input, const RuleLabels& labels);

}  // namespace downsampled
