#include "pipeline/group_loop.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/duration.h"
#include "base/log.h"
#include "pipeline/attempt.h"
#include "pipeline/explain_empty.h"
#include "pipeline/fill.h"
#include "query/failure.h"
#include "telemetry/values.h"

namespace downsampled {
namespace {

double seconds_since(SteadyTime start, const Clock& clock) {
  return in_seconds(clock.steady_now() - start);
}

bool same_failure(const std::optional<Error>& before, const Error& now) {
  return before && before->reason() == now.reason();
}

/// Not one that ends after now: the clock was ahead when that was recorded.
std::optional<RecordedWindow> newest_window(const Group& group, const Rule& rule,
                                            const Stages& stages) {
  const RuleKey key = rule_key(group, rule);
  auto newest = stages.journal.newest_window(key);
  const Timestamp now = stages.clock.now();
  if (!newest || newest->window.end <= now) return newest;
  const auto ends =
      stages.journal.window_ends(key, now - group.query_offset - group.stale_after, now);
  return ends.empty() ? std::nullopt : stages.journal.find_window(key, ends.back());
}

}  // namespace

GroupLoop::GroupLoop(std::shared_ptr<const Group> group, GroupMetrics metrics, const Stages& stages,
                     Publish publish)
    : group_(std::move(group)),
      metrics_(std::move(metrics)),
      stages_(stages),
      publish_(std::move(publish)),
      health_(group_->rules.size()),
      rolling_(group_->rules.size()),
      noted_(group_->rules.size()) {}

GroupLoop::~GroupLoop() {
  for (std::size_t index = 0; index < rolling_.size(); ++index) {
    rolling_[index] = {};
    count_blocks(index);
  }
}

void GroupLoop::take_over(GroupLoop& before) {
  std::vector<RuleKey> keys;
  for (const Rule& rule : before.group_->rules) keys.push_back(rule_key(*before.group_, rule));
  for (std::size_t index = 0; index < group_->rules.size(); ++index) {
    const auto same = std::ranges::find(keys, rule_key(*group_, group_->rules[index]));
    if (same == keys.end()) continue;
    const auto place = static_cast<std::size_t>(same - keys.begin());
    rolling_[index] = std::exchange(before.rolling_[place], {});
    noted_[index] = std::exchange(before.noted_[place], {});
  }
}

Snapshot GroupLoop::restore() {
  Snapshot snapshot{.group = group_, .slot = {}, .windows = {}};
  for (std::size_t index = 0; index < group_->rules.size(); ++index) {
    auto newest = newest_window(*group_, group_->rules[index], stages_);
    if (newest) {
      health_[index].recorded = newest->window.end;
      snapshot.slot = std::max(snapshot.slot, newest->window.end);
    } else {  // the numbers may be those of another rule of this name, before a reload
      metrics_.rules[index]->window_end.Set(0);
      metrics_.rules[index]->covered.Set(0);
      metrics_.rules[index]->series.Set(0);
    }
    snapshot.windows.push_back(std::move(newest));
  }
  describe(snapshot);
  return snapshot;
}

Outcome GroupLoop::run(const Due& due, const Deadline& deadline) {
  const SteadyTime start = stages_.clock.steady_now();
  PanesInHand in_hand(*group_, stages_);
  Evaluated evaluated = evaluate_rules(due, in_hand, deadline);
  if (deadline.stop.stop_requested()) return {};
  (due.attempt == 0 ? metrics_.slots->iterations : stages_.source.retries).Increment();
  metrics_.slots->iterations_missed.Increment(static_cast<double>(due.missed));
  add_to_journal(evaluated, in_hand);
  Snapshot snapshot{.group = group_, .slot = due.slot, .windows = {}};
  for (std::optional<Evaluation>& rule : evaluated) {
    snapshot.windows.push_back(rule ? std::exchange(rule->recorded, {}) : std::nullopt);
  }
  publish_(snapshot);
  describe(snapshot);
  read_ahead(evaluated, in_hand, deadline);
  metrics_.slots->last_duration.Set(seconds_since(start, stages_.clock));
  metrics_.slots->last_evaluation.Set(in_seconds(stages_.clock.now()));
  return outcome(due.slot);
}

GroupLoop::Evaluated GroupLoop::evaluate_rules(const Due& due, PanesInHand& in_hand,
                                               const Deadline& deadline) {
  Evaluated evaluated(group_->rules.size());
  for (std::size_t index = 0; index < evaluated.size(); ++index) {
    if (deadline.stop.stop_requested()) break;
    if (health_[index].recorded == due.slot || health_[index].refused == due.slot) continue;
    evaluated[index] = evaluate_rule(index, due, in_hand, deadline);
  }
  return evaluated;
}

std::optional<Evaluation> GroupLoop::evaluate_rule(std::size_t index, const Due& due,
                                                   PanesInHand& in_hand, const Deadline& deadline) {
  const SteadyTime start = stages_.clock.steady_now();
  std::optional<Evaluation> evaluation;
  const std::optional<Error> error = attempt([&] {
    evaluation = evaluate(*group_, group_->rules[index], due.slot, rolling_[index], in_hand,
                          stages_, deadline);
  });
  if (error && error->reason() == Reason::canceled) return std::nullopt;
  metrics_.rules[index]->evaluations.Increment();
  metrics_.rules[index]->last_duration.Set(seconds_since(start, stages_.clock));
  if (error) {
    failed(index, due.slot, *error);
  } else if (!evaluation->complete()) {
    health_[index].filling = evaluation->missing;
    health_[index].error.reset();
  } else {
    succeeded(index, due.slot, *evaluation);
    explain_if_empty(index, *evaluation->recorded, deadline);
  }
  return evaluation;
}

void GroupLoop::add_to_journal(const Evaluated& evaluated, PanesInHand& in_hand) {
  Entries entries{.panes = in_hand.take_computed(), .windows = {}};
  for (std::size_t index = 0; index < evaluated.size(); ++index) {
    if (!evaluated[index] || evaluated[index]->known || !evaluated[index]->complete()) continue;
    entries.windows.push_back({.rule = rule_key(*group_, group_->rules[index]),
                               .rule_group = group_->id(),
                               .window = &*evaluated[index]->recorded});
  }
  if (!entries.empty()) stages_.journal.add(entries);
}

/// After the slot's windows are out: what the next slots need of long windows.
void GroupLoop::read_ahead(const Evaluated& evaluated, PanesInHand& in_hand,
                           const Deadline& deadline) {
  for (std::size_t index = 0; index < evaluated.size(); ++index) {
    const Rule& rule = group_->rules[index];
    if (!evaluated[index] || !is_long(*group_, rule)) continue;
    // A pane that cannot be read now is read when the window needs it, and then it is an error.
    (void)attempt([&] { rolling_[index].read_ahead(leaf_of(*group_, rule, in_hand, deadline)); });
    const std::uint64_t read = rolling_[index].numbers().panes_read - noted_[index].panes_read;
    metrics_.rules[index]->panes_read.Set(static_cast<double>(read));
    count_blocks(index);
  }
}

void GroupLoop::count_blocks(std::size_t index) {
  RollingWindow::Numbers& before = noted_[index];
  RollingWindow::Numbers now = rolling_[index].numbers();
  stages_.blocks.bytes.Increment(static_cast<double>(now.bytes) -
                                 static_cast<double>(before.bytes));
  const auto at = [](const std::vector<std::size_t>& counts, std::size_t level) {
    return level < counts.size() ? static_cast<double>(counts[level]) : 0.0;
  };
  for (std::size_t level = 0; level < std::max(now.blocks.size(), before.blocks.size()); ++level) {
    stages_.blocks.at(level).Increment(at(now.blocks, level) - at(before.blocks, level));
  }
  before = std::move(now);
}

void GroupLoop::succeeded(std::size_t index, Timestamp slot, const Evaluation& evaluation) {
  const Rule& rule = group_->rules[index];
  RuleMetrics& metrics = *metrics_.rules[index];
  const RecordedWindow& recorded = *evaluation.recorded;
  metrics.last_success.Set(in_seconds(stages_.clock.now()));
  if (!evaluation.known) metrics.samples.Set(static_cast<double>(evaluation.samples));
  metrics.histograms_skipped.Increment(static_cast<double>(evaluation.histograms));
  log::debug("rule evaluated", {{"rule_group", group_->id()},
                                {"rule", rule.record},
                                {"window_end", format_timestamp(slot)},
                                {"series", recorded.samples.size()},
                                {"samples", evaluation.samples},
                                {"covered", recorded.covered},
                                {"points", recorded.points}});
  if (health_[index].error) {
    log::info("rule recovered", {{"rule_group", group_->id()}, {"rule", rule.record}});
  }
  health_[index].recorded = slot;
  health_[index].filling = 0;
  health_[index].error.reset();
}

void GroupLoop::describe(const Snapshot& published) const {
  for (std::size_t index = 0; index < published.windows.size(); ++index) {
    const std::optional<RecordedWindow>& recorded = published.windows[index];
    if (!recorded) continue;
    RuleMetrics& metrics = *metrics_.rules[index];
    metrics.window_end.Set(in_seconds(recorded->window.end));
    metrics.covered.Set(static_cast<double>(recorded->covered) /
                        static_cast<double>(recorded->points));
    metrics.series.Set(static_cast<double>(recorded->samples.size()));
  }
}

void GroupLoop::failed(std::size_t index, Timestamp slot, const Error& error) {
  const Rule& rule = group_->rules[index];
  metrics_.rules[index]->count_failure(error.reason());
  const auto level = same_failure(health_[index].error, error)         ? log::debug
                     : kind_of(error.reason()) == FailureKind::not_now ? log::warn
                                                                       : log::error;
  level("rule failed", {{"rule_group", group_->id()},
                        {"rule", rule.record},
                        {"line", rule.line},
                        {"window_end", format_timestamp(slot)},
                        {"reason", to_string(error.reason())},
                        {"error", error.message()}});
  health_[index].error = error;
  health_[index].filling = 0;
  if (!may_pass(error.reason())) health_[index].refused = slot;
}

void GroupLoop::explain_if_empty(std::size_t index, const RecordedWindow& recorded,
                                 const Deadline& deadline) {
  Health& health = health_[index];
  if (!recorded.samples.empty()) {
    if (std::exchange(health.explained_empty, false)) explanations_.clear();
    return;
  }
  if (std::exchange(health.explained_empty, true)) return;
  const Rule& rule = group_->rules[index];
  std::optional<std::string> why;
  const std::optional<Error> error =
      attempt([&] { why = explain_empty(rule, recorded, stages_, deadline); });
  if (error) health.explained_empty = false;  // asked again at the next slot
  if (why && explanations_.insert(*why).second) {
    log::warn("rule found nothing",
              {{"rule_group", group_->id()}, {"rule", rule.record}, {"why", *why}});
  }
}

Outcome GroupLoop::outcome(Timestamp slot) const {
  Outcome outcome;
  for (const Health& health : health_) {
    if (health.recorded == slot) continue;
    if (health.filling > 0) {  // looked at again soon: it may be complete before the next slot
      ++outcome.filling;
      outcome.retry = true;
      continue;
    }
    ++outcome.failed;
    if (!health.error || health.refused == slot) continue;
    outcome.retry = true;
    outcome.retry_after = std::max(outcome.retry_after, health.error->retry_after());
  }
  return outcome;
}

}  // namespace downsampled
