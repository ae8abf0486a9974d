// What an evaluation works with: references to the long-lived objects that app/ owns, handed down
// instead of globals. Everything here is thread-safe or constant.
#pragma once

#include "decode/range_decoder.h"
#include "journal/journal.h"
#include "pipeline/asked_panes.h"
#include "pipeline/remarks.h"
#include "pipeline/source_retention.h"
#include "query/querier.h"
#include "query/query_sizes.h"
#include "telemetry/metrics.h"

namespace downsampled {

struct Stages {
  Querier& querier;
  Journal& journal;
  const Clock& clock;
  const SourceMetrics& source;
  const BlockMetrics& blocks;
  Remarks& remarks;
  QuerySizes& sizes;
  AskedPanes& asked;
  SourceRetention& retention;
  DecodeLimits decode_limits;
  bool allow_partial = false;  ///< an answer that lacks something is good enough
};

}  // namespace downsampled
