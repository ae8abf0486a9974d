// What an evaluation works with: references to the long-lived objects that app/ owns, handed down
// instead of globals. Everything here is thread-safe or constant.
#pragma once

#include <cstdint>
#include <stop_token>

#include "base/clock.h"
#include "decode/range_decoder.h"
#include "journal/pane_store.h"
#include "pipeline/remarks.h"
#include "query/querier.h"
#include "telemetry/metrics.h"

namespace downsampled {

/// When an evaluation has to end, done or not.
struct Deadline {
  SteadyTime time;
  std::stop_token stop;
};

struct Stages {
  Querier& querier;
  PaneStore& panes;
  const Clock& clock;
  const SourceMetrics& source;
  Remarks& remarks;
  DecodeLimits decode_limits;
  std::int64_t max_points;  ///< points a series that one request may ask for
};

}  // namespace downsampled
