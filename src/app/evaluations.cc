#include "app/evaluations.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "telemetry/values.h"

namespace downsampled {
namespace {

Journal::Options observed(Journal::Options options, const JournalCounters& counters) {
  options.observer = [&counters](std::chrono::nanoseconds duration, bool refused) {
    counters.commits.Increment();
    if (refused) counters.failures.Increment();
    counters.duration.Observe(in_seconds(duration));
  };
  return options;
}

}  // namespace

Evaluations::Evaluations(const Settings& settings, const Groups& groups, const Clock& clock,
                         Journal::Options journal, GroupLoop::Publish publish)
    : metrics_(DOWNSAMPLED_VERSION),
      journal_counters_(metrics_.add_journal()),
      block_metrics_(metrics_.add_blocks()),
      journal_(observed(std::move(journal), journal_counters_), clock),
      shared_{settings, metrics_, journal_, block_metrics_, remarks_, asked_, clock},
      publish_(std::move(publish)) {
  replace(settings.sources, groups);
}

Groups Evaluations::replace(const std::vector<SourceSettings>& sources, const Groups& groups) {
  ByGroup before = *groups_.lock();
  std::unordered_map<std::string, std::shared_ptr<EvaluatedGroup>> by_id;
  for (const auto& [group, evaluated] : before) by_id[group->id()] = evaluated;
  sources_ = replaced(sources);
  asked_.want(groups);
  Groups now;
  ByGroup all;
  for (const auto& group : groups) {
    const std::shared_ptr<const AskedSource>& source = sources_.at(group->source);
    std::shared_ptr<EvaluatedGroup> evaluated = by_id[group->id()];
    if (!evaluated || *evaluated->group() != *group || evaluated->source() != source) {
      evaluated = std::make_shared<EvaluatedGroup>(group, source, metrics_, publish_, evaluated);
    }
    now.push_back(evaluated->group());
    all.emplace(evaluated->group().get(), std::move(evaluated));
  }
  groups_.lock()->swap(all);  // what is not needed any more goes after the lock
  return now;
}

/// One whose settings did not change stays; of one whose did, the sizes that it took.
Evaluations::Sources Evaluations::replaced(const std::vector<SourceSettings>& sources) const {
  Sources now;
  for (const SourceSettings& settings : sources) {
    const auto before = sources_.find(settings.name);
    const bool known = before != sources_.end();
    now[settings.name] = known && before->second->settings() == settings
                             ? before->second
                             : std::make_shared<const AskedSource>(
                                   settings, shared_, known ? before->second->sizes() : nullptr);
  }
  return now;
}

std::shared_ptr<EvaluatedGroup> Evaluations::find(const std::shared_ptr<const Group>& group) {
  const auto groups = groups_.lock();
  const auto found = groups->find(group.get());
  return found == groups->end() ? nullptr : found->second;
}

PaneRetention pane_retention(const Groups& groups, Duration oldest_window) {
  PaneRetention retention(oldest_window);
  for (const auto& group : groups) {
    for (const Rule& rule : group->rules) {
      Duration& own = retention.of_key[pane_key(*group, rule)];
      own = std::max(own, rule.window + oldest_window);
    }
  }
  return retention;
}

}  // namespace downsampled
