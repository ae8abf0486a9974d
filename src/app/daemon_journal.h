// What the daemon wants of its journal. Functions without state.
#pragma once

#include <stop_token>

#include "config/settings.h"
#include "journal/journal.h"
#include "model/rule.h"
#include "telemetry/journal_metrics.h"

namespace downsampled {

/// How old a missed window may be to be caught up with: without a path, which ends with the
/// process, not as old as the setting says.
Duration most_age(const Settings& settings);

/// How long the groups' panes are wanted. Warns where that is a lot of memory.
PaneRetention daemon_panes(const Settings& settings, const Groups& groups);

/// Says where the journal is when that is in memory.
Journal::Options daemon_journal(const Settings& settings, const Groups& groups,
                                std::stop_token stop);

JournalNumbers numbers_of(Journal& journal);

/// Writes what waits for the disk, and deletes what is past its retention, until it is told to
/// stop.
void keep_journal(Journal& journal, const Clock& clock, std::stop_token stop);

}  // namespace downsampled
