// READ evaluate.cc FIRST: it is the whole flow. One evaluation of one rule for the window that ends
// at one slot. Runs on a thread of the pool; what it shares (source, panes, metrics) is
// thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "aggregate/coverage_mask.h"
#include "model/snapshot.h"
#include "pipeline/stages.h"

namespace downsampled {

/// What an evaluation came to, with what it cost.
struct Evaluation {
  RecordedWindow recorded;
  std::uint64_t samples = 0;     ///< returned by the expression for the window's panes
  std::uint64_t histograms = 0;  ///< native ones among them, skipped
};

/// The coverage masks of one evaluation of a group, so that rules with the same coverage expression
/// ask for it once. Dropped when the evaluation ends.
using CoverageMasks = std::map<std::tuple<std::string, Timestamp, Timestamp>, CoverageMask>;

/// Which panes of the window are missing? Computes them, merges all, and reduces to values.
/// Throws Error; nothing is half done then: a pane is kept whole or not at all.
Evaluation evaluate(const Group& group, const Rule& rule, Timestamp slot, CoverageMasks& masks,
                    const Stages& stages, const Deadline& deadline);

}  // namespace downsampled
