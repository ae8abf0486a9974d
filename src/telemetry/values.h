// Values as prometheus-cpp takes them: base units, and families of a single one that are made
// afresh on every scrape. Pure functions.
#pragma once

#include <prometheus/metric_family.h>

#include <chrono>
#include <string>
#include <utility>

#include "model/timestamp.h"

namespace downsampled {

template <typename Rep, typename Period>
double in_seconds(std::chrono::duration<Rep, Period> duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Since the Unix epoch.
inline double in_seconds(Timestamp time) { return in_seconds(time.time_since_epoch()); }

/// A gauge or a counter without labels.
inline prometheus::MetricFamily single_value(prometheus::MetricType type, std::string name,
                                             std::string help, double value) {
  prometheus::ClientMetric metric;
  const bool counter = type == prometheus::MetricType::Counter;
  (counter ? metric.counter.value : metric.gauge.value) = value;
  return {std::move(name), std::move(help), type, {std::move(metric)}};
}

}  // namespace downsampled
