// What the kernel knows about this process, under the names that every Prometheus client library
// gives it (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics).
// prometheus-cpp has none of them. Thread-safe: read afresh on every scrape.
#pragma once

#include <prometheus/collectable.h>

#include <vector>

namespace downsampled {

class ProcessMetrics final : public prometheus::Collectable {
 public:
  /// A metric that cannot be read is left out.
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace downsampled
