// The metrics of groups and of their rules. Counters and gauges are prometheus-cpp's, its families
// are not: those take half a kilobyte for each child, and look through all of them to remove one,
// and a daemon has some thirty for each of its rules. Here a rule is one object with its labels
// once; it is on the page as long as somebody holds it. Thread-safe.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>

#include <array>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/guarded.h"
#include "model/rule.h"

namespace prometheus {
class Histogram;
}

namespace downsampled {

struct RuleMetrics {
  prometheus::Counter evaluations;
  std::array<prometheus::Counter, std::size(kAllReasons)> failures;  // as kAllReasons
  prometheus::Counter histograms_skipped;
  prometheus::Gauge last_duration;
  prometheus::Gauge last_success;
  prometheus::Gauge window_end;
  prometheus::Gauge covered;
  prometheus::Gauge series;
  prometheus::Gauge samples;
  prometheus::Counter caught_up;
  prometheus::Counter lost;
  prometheus::Gauge missing;
  prometheus::Gauge panes_missing;
  prometheus::Counter panes_filled;
  prometheus::Counter panes_lost;
  prometheus::Gauge panes_read;

  void count_failure(Reason reason);
};

/// Of a group, without its rules.
struct SlotMetrics {
  prometheus::Counter iterations;
  prometheus::Counter iterations_missed;
  prometheus::Gauge interval;
  prometheus::Gauge last_duration;
  prometheus::Gauge last_evaluation;
  prometheus::Gauge last_slot_lag;
};

/// What a group and its rules, in their order, count with.
struct GroupMetrics {
  std::shared_ptr<SlotMetrics> slots;
  prometheus::Histogram* slot_lag;  ///< of all groups
  std::vector<std::shared_ptr<RuleMetrics>> rules;
};

class AllGroupMetrics final : public prometheus::Collectable {
 public:
  /// What is held of the same group or rule already is shared. A rule whose `record` stands in the
  /// group before it gets `#N`, its position, behind its name.
  GroupMetrics add(const Group& group, prometheus::Histogram& slot_lag);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Known {
    std::map<std::string, std::weak_ptr<SlotMetrics>> groups;                         // by id
    std::map<std::pair<std::string, std::string>, std::weak_ptr<RuleMetrics>> rules;  // and name
  };
  mutable Guarded<Known> known_;
};

}  // namespace downsampled
