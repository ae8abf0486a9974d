// The commands `journal status` and `journal export`: what a journal holds, on standard output.
// They may run beside the daemon that writes it.
#pragma once

#include "config/settings.h"

namespace downsampled {

/// Returns the exit code 0. Throws Error{io} when there is no journal, Error{damaged}.
int run_journal_status(const Settings& settings);

/// Returns the exit code: 0, or 1 when no rule records that name.
int run_journal_export(const Settings& settings);

}  // namespace downsampled
