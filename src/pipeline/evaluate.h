// READ evaluate.cc FIRST: it is the whole flow. One evaluation of one rule for the window that ends
// at one slot: live, caught up, backfilled or once, it is this. Runs on one thread; what it shares
// (source, journal, metrics) is thread-safe.
#pragma once

#include <cstdint>
#include <optional>

#include "aggregate/rolling_window.h"
#include "model/snapshot.h"
#include "pipeline/panes_in_hand.h"
#include "pipeline/stages.h"

namespace downsampled {

/// What an evaluation came to, with what it cost.
struct Evaluation {
  /// Empty where panes are missing and the rule does not say `partial`.
  std::optional<RecordedWindow> recorded = {};
  std::int64_t missing = 0;      ///< panes; a window that lacks some is not for the journal
  std::uint64_t samples = 0;     ///< returned by the expression for the newest pane
  std::uint64_t histograms = 0;  ///< native ones in the newest pane, skipped
  bool known = false;            ///< the journal had the window, and nothing was asked

  bool complete() const { return recorded && missing == 0; }
};

/// The window from the journal or, where it is missing, from its panes. Of those that are missing
/// the newest is asked for; the others are filled in beside the slots (fill.h). `rolling` is of
/// this rule. What is new is the caller's to add to the journal. Throws Error.
Evaluation evaluate(const Group& group, const Rule& rule, Timestamp slot, RollingWindow& rolling,
                    PanesInHand& in_hand, const Stages& stages, const Deadline& deadline);

/// What blocks are made of: the rule's view of one pane, from hand or from the journal. Throws
/// Error{canceled} soon after a stop is requested. All must outlive it.
RollingWindow::Leaf leaf_of(const Group& group, const Rule& rule, PanesInHand& in_hand,
                            const Deadline& deadline);

}  // namespace downsampled
