// Every metric about ourselves, declared in one place, named after Prometheus's own
// `prometheus_rule_*`. Children exist, at 0, from the moment their group is registered. What they
// mean: docs/metrics.md. Thread-safe (prometheus-cpp's counters and gauges are). Owned by app/;
// children live as long as it.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/rule.h"

namespace downsampled {

/// The children of one rule.
struct RuleMetrics {
  prometheus::Counter& evaluations;
  std::map<Reason, prometheus::Counter*> failures;
  prometheus::Counter& histograms_skipped;
  prometheus::Gauge& last_duration;
  prometheus::Gauge& last_success;
  prometheus::Gauge& window_end;
  prometheus::Gauge& covered;
  prometheus::Gauge& series;
  prometheus::Gauge& samples;
};

/// The children of one group and of its rules, in their order.
struct GroupMetrics {
  prometheus::Counter& iterations;
  prometheus::Counter& iterations_missed;
  prometheus::Gauge& last_duration;
  prometheus::Gauge& last_evaluation;
  std::vector<RuleMetrics> rules;
};

/// The children of one source.
struct SourceMetrics {
  prometheus::Family<prometheus::Counter>* requests;
  std::string source;
  prometheus::Counter& received_bytes;
  prometheus::Counter& retries;
  prometheus::Counter& warnings;
  prometheus::Histogram& duration;

  /// Counts a request; `code` is the HTTP status, or the reason why there is none.
  void count_request(std::string_view code) const;
};

class Metrics {
 public:
  explicit Metrics(std::string_view version);

  /// Creates the group's children. A rule whose `record` stands in the group before it gets `#N`,
  /// its position, behind its name.
  GroupMetrics add_group(const Group& group);
  SourceMetrics add_source(const std::string& source);

  prometheus::Registry& registry() { return registry_; }

 private:
  using Counters = prometheus::Family<prometheus::Counter>;
  using Gauges = prometheus::Family<prometheus::Gauge>;

  RuleMetrics add_rule(const prometheus::Labels& labels);

  prometheus::Registry registry_;
  Counters& evaluations_;
  Counters& failures_;
  Counters& histograms_skipped_;
  Gauges& rule_duration_;
  Gauges& rule_success_;
  Gauges& window_end_;
  Gauges& covered_;
  Gauges& series_;
  Gauges& samples_;
  Counters& iterations_;
  Counters& iterations_missed_;
  Gauges& interval_;
  Gauges& group_duration_;
  Gauges& group_evaluation_;
  Counters& requests_;
  Counters& received_bytes_;
  Counters& retries_;
  Counters& warnings_;
  prometheus::Family<prometheus::Histogram>& request_duration_;
};

}  // namespace downsampled
