// What one evaluation of a group recorded, on its way to the exporter. Immutable once made; lives
// for the call that hands it on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "model/label_set.h"
#include "model/rule.h"
#include "model/window.h"

namespace downsampled {

/// One recorded series; `labels` are without `__name__`, which is the rule's `record`.
struct RecordedSample {
  LabelSet labels;
  double value;
};

/// One rule over one window. `samples` are sorted by label set, each label set once.
struct RecordedWindow {
  Window window;
  std::int64_t points = 0;   ///< grid points in the window
  std::int64_t covered = 0;  ///< of these, the covered ones
  std::vector<RecordedSample> samples;
};

struct Snapshot {
  std::shared_ptr<const Group> group;
  Timestamp slot;
  /// By rule, as in group->rules. Empty: the rule failed and keeps what it last published.
  std::vector<std::optional<RecordedWindow>> windows;
};

}  // namespace downsampled
