// A pane: what was learned of the slice of a window between two evaluations. Panes are what is
// kept; windows are merges of panes, and evaluating is asking which panes are missing. Immutable
// once made; handed on by shared pointer.
#pragma once

#include <algorithm>
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

/// The newer pane, with the fields of the older one too where both are of the same samples.
Pane united(const Pane& newer, const Pane& older);

/// Panes of one key that follow each other, by number: [first, behind).
struct PaneRange {
  std::int64_t first = 0;
  std::int64_t behind = 0;

  std::int64_t size() const noexcept { return behind - first; }
  bool empty() const noexcept { return size() <= 0; }
  friend bool operator==(const PaneRange&, const PaneRange&) = default;
};

/// Those of the panes that `known` does not tell of, where it has the first of them.
inline PaneRange panes_behind(PaneRange panes, PaneRange known) {
  const bool tells = known.first <= panes.first && panes.first < known.behind;
  return {tells ? std::min(known.behind, panes.behind) : panes.first, panes.behind};
}

/// Panes are numbered from the Unix epoch on; `end` is a slot of the key's groups.
std::int64_t pane_number(const PaneKey& key, Timestamp end);
/// The window of a pane.
Window pane_window(const PaneKey& key, std::int64_t number);
/// The panes that a window is made of.
PaneRange panes_of(const PaneKey& key, Window window);

}  // namespace downsampled
