// Panes that cannot be had: what the source does not keep any more, and what it refuses for good.
// Kept in the journal without a covered point, so that windows over them do without; counted by the
// caller, and logged. A pane is lost for ever, so a source that is only away must lose none.
// Runs on one thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "pipeline/panes_in_hand.h"
#include "pipeline/stages.h"

namespace downsampled {

/// Whether such a refusal can be about the samples of a pane. What is too large for a bound is had
/// when that is raised, and what is no answer of a Prometheus says nothing.
bool is_about_samples(const Error& error);

/// Loses those of the missing panes, rising, that begin before that time; how many.
std::size_t lose_older(const Group& group, const Rule& rule, const PaneNumbers& missing,
                       Timestamp time, const Stages& stages);

/// Loses a pane that was refused, if the source refuses it once more while it answers for one
/// nearby that it answered for before: where there is none, the rule is wrong and not the
/// pane. Whether the journal has the pane now, as another may have lost it. Throws what the journal
/// throws.
bool lose_refused(const Group& group, const Rule& rule, std::int64_t pane, const Stages& stages,
                  const Deadline& deadline);

}  // namespace downsampled
