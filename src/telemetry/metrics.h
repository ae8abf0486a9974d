// The metrics about ourselves, named after Prometheus's own `prometheus_rule_*`; those of groups
// and rules are in group_metrics.h. Children exist, at 0, from the moment they are added. What they
// mean: docs/metrics.md. Thread-safe (prometheus-cpp's counters and gauges are). Owned by app/;
// children live until they are removed.
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

#include "base/guarded.h"
#include "model/rule.h"
#include "telemetry/group_metrics.h"

namespace downsampled {

/// The children of one source.
struct SourceMetrics {
  prometheus::Family<prometheus::Counter>* requests;
  std::string source;
  prometheus::Counter& received_bytes;
  prometheus::Counter& retries;
  prometheus::Counter& splits;
  prometheus::Gauge& limited;
  prometheus::Counter& warnings;
  prometheus::Histogram& duration;

  /// Counts a request; `code` is the HTTP status, or the reason why there is none.
  void count_request(std::string_view code) const;
};

/// The children of the journal that count; what it holds is in journal_metrics.h.
struct JournalCounters {
  prometheus::Counter& commits;
  prometheus::Counter& failures;
  prometheus::Histogram& duration;
};

/// Of the blocks that long windows are merged from, all rules together.
struct BlockMetrics {
  prometheus::Family<prometheus::Gauge>* blocks;
  prometheus::Gauge& bytes;

  /// How many there are of a level.
  prometheus::Gauge& at(std::size_t level) const;
};

/// Of reading rules and configuration file, at the start and again.
struct ReloadMetrics {
  prometheus::Gauge& successful;
  prometheus::Gauge& last_success;
};

class Metrics final : public prometheus::Collectable {
 public:
  explicit Metrics(std::string_view version);

  /// As AllGroupMetrics::add() says; on the page as long as somebody holds them.
  GroupMetrics add_group(const Group& group) { return groups_.add(group, slot_lag_); }
  SourceMetrics add_source(const std::string& source);
  /// Ends one add_source(): with the last one its children are gone.
  void remove_source(const std::string& source);
  JournalCounters add_journal();
  BlockMetrics add_blocks();
  ReloadMetrics add_reload();

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  using Counters = prometheus::Family<prometheus::Counter>;
  using Gauges = prometheus::Family<prometheus::Gauge>;

  prometheus::Registry registry_;
  AllGroupMetrics groups_;
  prometheus::Histogram& slot_lag_;
  Counters& requests_;
  Counters& received_bytes_;
  Counters& retries_;
  Counters& splits_;
  Gauges& limited_;
  Counters& warnings_;
  prometheus::Family<prometheus::Histogram>& request_duration_;
  Guarded<std::map<std::string, int>> uses_;  // of sources; held while they are made and removed
};

}  // namespace downsampled
