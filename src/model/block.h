// Panes that follow each other, merged: what a rule knows of a stretch of time, by output label
// set. A block of one pane is made by record/; blocks merge into longer ones, and a window is the
// merge of a few (aggregate/rolling_window.h). Immutable once made; shared by pointer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "model/label_set.h"
#include "model/partial_columns.h"

namespace downsampled {

/// Sorted, each once. Blocks with the same ones share them.
using LabelSets = std::shared_ptr<const std::vector<LabelSet>>;

struct Block {
  explicit Block(Fields fields) : partials(fields) {}

  Coverage coverage;
  LabelSets labels;                ///< never null
  PartialColumns partials;         ///< by label set
  std::optional<Error> duplicate;  ///< two series at one time: no window over it can be recorded
};

using BlockPtr = std::shared_ptr<const Block>;

/// The blocks one after the other, oldest first, of the same fields; at least one. The same blocks
/// in the same order give the same bits.
BlockPtr merge(std::span<const BlockPtr> blocks);

}  // namespace downsampled
