// The panes that are known. Evaluating a window asks it which panes are missing, and puts the new
// ones in; what no window needs any more is dropped. Kept in memory.
// Thread-safe. Panes are shared, immutable.
#pragma once

#include <map>
#include <memory>
#include <unordered_map>

#include "base/guarded.h"
#include "model/pane.h"

namespace downsampled {

class PaneStore {
 public:
  /// The pane that ends at `end` with at least these fields; null when it is missing.
  std::shared_ptr<const Pane> find(const PaneKey& key, Timestamp end, Fields fields);

  /// Takes a pane in the place of one with fewer fields.
  void put(const PaneKey& key, std::shared_ptr<const Pane> pane);

  /// Drops the panes that end at `end` or before.
  void drop_until(const PaneKey& key, Timestamp end);

 private:
  using Panes = std::map<Timestamp, std::shared_ptr<const Pane>>;

  Guarded<std::unordered_map<PaneKey, Panes, PaneKeyHash>> panes_;
};

}  // namespace downsampled
