// From a pane to what a rule makes of it, and from the merged panes of a window to what is
// recorded: applies the rule's labels to every input series, merges those that come to one output
// label set, and reduces each to its value. Pure functions of their arguments.
#pragma once

#include "model/block.h"
#include "model/pane.h"
#include "model/snapshot.h"
#include "record/output_labels.h"

namespace downsampled {

/// The pane by output label set, with the fields that the rule needs. Two input series that have a
/// sample at one time for one output label set make `duplicate` of it. `outputs` is of the rule.
Block output_block(const Rule& rule, const Pane& pane, OutputLabels& outputs);

/// `merged` is of the panes of the window, or of those that are there. A window without a covered
/// point comes to no series. Throws the block's `duplicate`, and Error{limit_exceeded} over the
/// group's limit.
RecordedWindow record(const Group& group, const Rule& rule, Window window, const Block& merged);

}  // namespace downsampled
