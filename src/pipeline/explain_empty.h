// Why a rule of the Seldon pack finds nothing: the three mistakes that are made when a cluster's
// monitoring is set up, each told from the others by asking the source. Runs on the evaluating
// thread; no state.
#pragma once

#include <optional>
#include <string>

#include "model/snapshot.h"
#include "pipeline/stages.h"

namespace downsampled {

/// A sentence for the log, or empty when the rule does not select pods by their Seldon labels.
/// Throws Error when the source cannot be asked.
std::optional<std::string> explain_empty(const Rule& rule, const RecordedWindow& recorded,
                                         const Stages& stages, const Deadline& deadline);

}  // namespace downsampled
