#include "app/once.h"

#include <algorithm>
#include <random>
#include <string>

#include "app/evaluations.h"
#include "app/print.h"
#include "app/progress.h"
#include "base/log.h"
#include "model/window.h"
#include "pipeline/attempt.h"
#include "pipeline/fill.h"
#include "publish/families.h"
#include "query/backoff.h"

namespace downsampled {
namespace {

/// With a time of the user's own, the window that is complete then, whether or not the query offset
/// is over: whoever names a time knows that the data is there.
Timestamp slot_of(const Group& group, const Settings& settings, const Clock& clock) {
  if (settings.time) return align_down(*settings.time, group.interval, group.eval_offset);
  return last_complete_slot(group, clock.now());
}

/// The panes that live slots have filled in beside them; what fails is logged, and then missing.
void fill_long_windows(const EvaluatedGroup& evaluated, Timestamp slot,
                       const std::stop_token& stop) {
  const Group& group = *evaluated.group();
  const Stages& stages = evaluated.stages();
  for (const Rule& rule : group.rules) {
    if (!is_long(group, rule)) continue;
    const PaneRange panes = panes_of(pane_key(group, rule), window_ending(slot, rule.window));
    Progress progress(static_cast<std::size_t>(panes.size()), "panes", stages.clock);
    const auto show = [&](const Filled& filled) {
      progress.show(static_cast<std::size_t>(panes.size()) - filled.left);
    };
    const auto error =
        attempt([&] { fill(group, rule, panes, stages, evaluated.timeout(), stop, show); });
    if (!error || error->reason() == Reason::canceled) continue;
    log::error("panes of the window are missing", {{"rule_group", group.id()},
                                                   {"rule", rule.record},
                                                   {"reason", to_string(error->reason())},
                                                   {"error", error->message()}});
  }
}

Duration longest_timeout(const Settings& settings) {
  return std::ranges::max_element(settings.sources, {}, &SourceSettings::timeout)->timeout;
}

/// Tries until it works, cannot work, or the time until `deadline` is shorter than the last attempt
/// took: cut off in the middle, one more would only hide why it fails. The number of rules that
/// failed.
std::size_t evaluate(EvaluatedGroup& group, Due due, SteadyTime deadline, const Clock& clock,
                     std::stop_token stop) {
  std::mt19937_64 random(std::random_device{}());
  while (true) {
    const SteadyTime start = clock.steady_now();
    const Outcome outcome = group.evaluate(due, {deadline, stop});
    const auto took = clock.steady_now() - start;
    const Duration wait =
        backoff(due.attempt++, std::generate_canonical<double, 53>(random), outcome.retry_after);
    const std::size_t failed = outcome.failed + outcome.filling;
    if (outcome.filling > 0) return failed;  // which was tried before, and said
    if (!outcome.retry || clock.steady_now() + wait + took > deadline) return failed;
    if (!clock.sleep_for(wait, stop)) return failed;
  }
}

/// What the attempts at one slot recorded, as one.
void merge(Snapshot& all, const Snapshot& attempt) {
  for (std::size_t rule = 0; rule < attempt.windows.size(); ++rule) {
    if (attempt.windows[rule]) all.windows[rule] = attempt.windows[rule];
  }
}

}  // namespace

int run_once(const Settings& settings, const Groups& groups, const Clock& clock,
             std::stop_token stop) {
  std::vector<Snapshot> snapshots;
  for (const auto& group : groups) {
    snapshots.push_back(
        {.group = group,
         .slot = slot_of(*group, settings, clock),
         .windows = std::vector<std::optional<RecordedWindow>>(group->rules.size())});
  }
  std::size_t current = 0;
  Evaluations evaluations(settings, groups, clock,
                          {.pane_retention = pane_retention(groups, clock.now() - Timestamp())},
                          [&](const Snapshot& attempt) { merge(snapshots[current], attempt); });
  SteadyTime deadline = clock.steady_now() + longest_timeout(settings);
  std::size_t failed = 0;
  for (; current < groups.size(); ++current) {
    const Due due{.group = groups[current], .slot = snapshots[current].slot};
    EvaluatedGroup& group = evaluations.at(due.group);
    const SteadyTime start = clock.steady_now();
    fill_long_windows(group, due.slot, stop);
    deadline += clock.steady_now() - start;  // which has the timeout for each query
    failed += evaluate(group, due, deadline, clock, stop);
    if (stop.stop_requested()) return 1;
  }
  print(stdout, render_text(snapshots));
  return failed == 0 ? 0 : 1;
}

}  // namespace downsampled
