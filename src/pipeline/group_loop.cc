#include "pipeline/group_loop.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/duration.h"
#include "base/log.h"
#include "pipeline/explain_empty.h"
#include "query/failure.h"

namespace downsampled {
namespace {

/// The catch site of evaluations.
template <typename Work>
std::optional<Error> attempt(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

double in_seconds(Timestamp time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

double seconds_since(SteadyTime start, const Clock& clock) {
  return std::chrono::duration<double>(clock.steady_now() - start).count();
}

bool same_failure(const std::optional<Error>& before, const Error& now) {
  return before && before->reason() == now.reason();
}

}  // namespace

GroupLoop::GroupLoop(std::shared_ptr<const Group> group, GroupMetrics metrics, const Stages& stages,
                     Publish publish)
    : group_(std::move(group)),
      metrics_(std::move(metrics)),
      stages_(stages),
      publish_(std::move(publish)),
      health_(group_->rules.size()) {}

Outcome GroupLoop::run(const Due& due, const Deadline& deadline) {
  const SteadyTime start = stages_.clock.steady_now();
  Snapshot snapshot{.group = group_, .slot = due.slot, .windows = evaluate_rules(due, deadline)};
  if (deadline.stop.stop_requested()) return {};
  (due.attempt == 0 ? metrics_.iterations : stages_.source.retries).Increment();
  metrics_.iterations_missed.Increment(static_cast<double>(due.missed));
  publish_(snapshot);
  describe(snapshot);
  metrics_.last_duration.Set(seconds_since(start, stages_.clock));
  metrics_.last_evaluation.Set(in_seconds(stages_.clock.now()));
  const Outcome result = outcome(due.slot);
  // A retry of this slot finds what its good rules need.
  drop_panes(result.retry ? due.slot - group_->interval : due.slot);
  return result;
}

std::vector<std::optional<RecordedWindow>> GroupLoop::evaluate_rules(const Due& due,
                                                                     const Deadline& deadline) {
  std::vector<std::optional<RecordedWindow>> windows(group_->rules.size());
  CoverageMasks masks;
  for (std::size_t index = 0; index < windows.size() && !deadline.stop.stop_requested(); ++index) {
    if (health_[index].recorded == due.slot || health_[index].refused == due.slot) continue;
    evaluate_rule(index, due, masks, windows[index], deadline);
  }
  return windows;
}

void GroupLoop::evaluate_rule(std::size_t index, const Due& due, CoverageMasks& masks,
                              std::optional<RecordedWindow>& recorded, const Deadline& deadline) {
  const SteadyTime start = stages_.clock.steady_now();
  const std::optional<Error> error = attempt([&] {
    Evaluation evaluation =
        evaluate(*group_, group_->rules[index], due.slot, masks, stages_, deadline);
    succeeded(index, due.slot, evaluation);
    recorded = std::move(evaluation.recorded);
  });
  if (error && error->reason() == Reason::canceled) return;
  metrics_.rules[index].evaluations.Increment();
  metrics_.rules[index].last_duration.Set(seconds_since(start, stages_.clock));
  if (error) failed(index, due.slot, *error);
  if (recorded) explain_if_empty(index, *recorded, deadline);
}

void GroupLoop::succeeded(std::size_t index, Timestamp slot, const Evaluation& evaluation) {
  const Rule& rule = group_->rules[index];
  const RuleMetrics& metrics = metrics_.rules[index];
  const RecordedWindow& recorded = evaluation.recorded;
  metrics.last_success.Set(in_seconds(stages_.clock.now()));
  metrics.samples.Set(static_cast<double>(evaluation.samples));
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
  health_[index].error.reset();
}

void GroupLoop::describe(const Snapshot& published) const {
  for (std::size_t index = 0; index < published.windows.size(); ++index) {
    const std::optional<RecordedWindow>& recorded = published.windows[index];
    if (!recorded) continue;
    const RuleMetrics& metrics = metrics_.rules[index];
    metrics.window_end.Set(in_seconds(published.slot));
    metrics.covered.Set(static_cast<double>(recorded->covered) /
                        static_cast<double>(recorded->points));
    metrics.series.Set(static_cast<double>(recorded->samples.size()));
  }
}

void GroupLoop::failed(std::size_t index, Timestamp slot, const Error& error) {
  const Rule& rule = group_->rules[index];
  metrics_.rules[index].failures.at(error.reason())->Increment();
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
    ++outcome.failed;
    if (!health.error || health.refused == slot) continue;
    outcome.retry = true;
    outcome.retry_after = std::max(outcome.retry_after, health.error->retry_after());
  }
  return outcome;
}

void GroupLoop::drop_panes(Timestamp slot) {
  for (const Rule& rule : group_->rules) {
    // What the next slot's window does not reach back to, no window needs any more.
    const Timestamp next_start = slot + group_->interval - rule.window;
    stages_.panes.drop_until(pane_key(*group_, rule), std::min(slot, next_start));
  }
}

}  // namespace downsampled
