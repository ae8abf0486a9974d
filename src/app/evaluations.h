// What evaluating groups takes, wired together from the settings: the sources, the journal, the
// metrics and one loop a group. The daemon, `once` and `backfill` are made on it. Starts no
// threads. Owns everything; must outlive the threads that evaluate. replace() is for one thread,
// everything else for any.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/evaluated_group.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "config/settings.h"
#include "journal/journal.h"
#include "telemetry/metrics.h"

namespace downsampled {

class Evaluations {
 public:
  /// The journal is in `journal.directory`, or in memory. `publish` is called on the evaluating
  /// thread. `settings` and `clock` must outlive this. Throws as the journal does.
  Evaluations(const Settings& settings, const Groups& groups, const Clock& clock,
              Journal::Options journal, GroupLoop::Publish publish);

  /// From now on these sources and groups. A group that is the same, and whose source is, stays the
  /// object it was; the groups as they are evaluated now, in their order. Who holds one that is
  /// gone may finish with it.
  Groups replace(const std::vector<SourceSettings>& sources, const Groups& groups);

  /// Null: it was replaced.
  std::shared_ptr<EvaluatedGroup> find(const std::shared_ptr<const Group>& group);
  /// One that is known to be there.
  EvaluatedGroup& at(const std::shared_ptr<const Group>& group) { return *find(group); }

  Metrics& metrics() { return metrics_; }
  Journal& journal() { return journal_; }

 private:
  using Sources = std::map<std::string, std::shared_ptr<const AskedSource>>;  // by name
  using ByGroup = std::unordered_map<const Group*, std::shared_ptr<EvaluatedGroup>>;

  Sources replaced(const std::vector<SourceSettings>& sources) const;

  Metrics metrics_;
  Remarks remarks_;
  const JournalCounters journal_counters_;
  const BlockMetrics block_metrics_;
  Journal journal_;
  AskedPanes asked_;
  const AskedSource::Shared shared_;
  const GroupLoop::Publish publish_;
  Sources sources_;
  Guarded<ByGroup> groups_;
};

/// How long the panes of each rule are wanted by windows that are at most so old.
PaneRetention pane_retention(const Groups& groups, Duration oldest_window);

}  // namespace downsampled
