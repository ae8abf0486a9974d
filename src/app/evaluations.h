// What evaluating groups takes, wired together from the settings: the source, the panes, the
// metrics and one loop a group. Both the daemon and `once` are made on it. Starts no threads. Owns
// everything; must outlive the threads that call evaluate().
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "config/settings.h"
#include "journal/pane_store.h"
#include "pipeline/group_loop.h"
#include "query/source.h"
#include "telemetry/metrics.h"

namespace downsampled {

class Evaluations {
 public:
  /// `publish` is called on the evaluating thread. `clock` must outlive this.
  Evaluations(const Settings& settings, const Groups& groups, const Clock& clock,
              GroupLoop::Publish publish);

  /// May be called by several threads, for different groups.
  Outcome evaluate(const Due& due, const Deadline& deadline) {
    return loops_[due.group]->run(due, deadline);
  }

  Metrics& metrics() { return metrics_; }

 private:
  Metrics metrics_;
  SourceMetrics source_metrics_;
  Remarks remarks_;
  Source source_;
  PaneStore panes_;
  std::vector<std::unique_ptr<GroupLoop>> loops_;  // by group
};

}  // namespace downsampled
