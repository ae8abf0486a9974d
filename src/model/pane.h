// A pane: what was learned of the slice of a window between two evaluations. Panes are what is
// kept; windows are merges of panes, and evaluating is asking which panes are missing. Immutable
// once made; handed on by shared pointer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/label_set.h"
#include "model/partial.h"
#include "model/presence.h"
#include "model/window.h"

namespace downsampled {

/// All that a pane's numbers depend on; rules with the same key share their panes.
struct PaneKey {
  std::string source;
  std::string expr;
  std::string coverage;
  Duration step{};
  Duration interval{};
  Duration width{};  ///< the interval, or the window where that is shorter
  Duration eval_offset{};
  Duration query_offset{};

  friend bool operator==(const PaneKey&, const PaneKey&) = default;
};

struct PaneKeyHash {
  std::size_t operator()(const PaneKey& key) const noexcept;
};

/// The key of the panes that `rule`'s windows are made of.
PaneKey pane_key(const Group& group, const Rule& rule);

/// One input series, with the labels that the server gave it.
struct PaneSeries {
  LabelSet labels;
  Partial partial;
  Presence presence;
};

struct Pane {
  Window window;
  Fields fields;
  Coverage coverage;
  std::uint64_t samples = 0;       ///< that the expression returned, NaN and uncovered included
  std::uint64_t histograms = 0;    ///< native ones that it returned, skipped
  std::vector<PaneSeries> series;  ///< in LabelSet::packed_order, each label set once
};

/// The panes that a window is made of, oldest first.
std::vector<Window> panes_of(const PaneKey& key, Window window);

}  // namespace downsampled
