// What an evaluation works with: references to the long-lived objects that app/ owns, handed down
// instead of globals. Everything here is thread-safe or constant.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "decode/range_decoder.h"
#include "journal/pane_store.h"
#include "query/querier.h"
#include "telemetry/metrics.h"

namespace downsampled {

struct Stages {
  Querier& querier;
  PaneStore& panes;
  const Clock& clock;
  const SourceMetrics& source;
  DecodeLimits decode_limits;
  std::int64_t max_points;  ///< points a series that one request may ask for
};

}  // namespace downsampled
