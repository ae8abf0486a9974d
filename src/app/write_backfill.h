// What a backfill recorded, as one OpenMetrics document. Runs on the calling thread.
#pragma once

#include <string>

#include "journal/journal.h"
#include "model/rule.h"

namespace downsampled {

/// Writes all windows of the rules that end in `span`, family by family. Memory follows the largest
/// family. Throws Error{io} and what the journal throws; the file is whole or as it was.
void write_backfill(const std::string& file, const Groups& groups, Window span, Journal& journal);

}  // namespace downsampled
