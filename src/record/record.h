// From the panes of a window to what is recorded: applies the rule's labels to every input series,
// merges those that come to one output label set, and reduces each to its value.
// Pure function of its arguments.
#pragma once

#include <memory>
#include <span>

#include "model/pane.h"
#include "model/snapshot.h"

namespace downsampled {

/// `panes` are those of the window that ends at `slot`, oldest first.
/// A window without a covered point comes to no series.
/// Throws Error{duplicate_series} when two input series have a sample at one time for one output
/// label set, Error{limit_exceeded} over the group's limit.
RecordedWindow record(const Group& group, const Rule& rule, Window window,
                      std::span<const std::shared_ptr<const Pane>> panes);

/// The input labels without `__name__` and with the rule's own over them, as Prometheus's recording
/// rules do; an empty label value removes the label.
LabelSet output_labels(const LabelSet& input, const RuleLabels& labels);

}  // namespace downsampled
