#include "app/once.h"

#include <random>
#include <string>

#include "app/print.h"
#include "model/window.h"
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

/// Tries until it works, cannot work, or `deadline` comes; the number of rules that failed.
std::size_t evaluate(Evaluations& evaluations, Due due, SteadyTime deadline, const Clock& clock,
                     std::stop_token stop) {
  std::mt19937_64 random(std::random_device{}());
  while (true) {
    const Outcome outcome = evaluations.evaluate(due, {deadline, stop});
    const Duration wait =
        backoff(due.attempt++, std::generate_canonical<double, 53>(random), outcome.retry_after);
    if (!outcome.retry || clock.steady_now() + wait > deadline) return outcome.failed;
    if (!clock.sleep_for(wait, stop)) return outcome.failed;
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
                          [&](const Snapshot& attempt) { merge(snapshots[current], attempt); });
  const SteadyTime deadline = clock.steady_now() + settings.query_timeout;
  std::size_t failed = 0;
  for (; current < groups.size(); ++current) {
    const Due due{.group = current, .slot = snapshots[current].slot, .missed = 0, .attempt = 0};
    failed += evaluate(evaluations, due, deadline, clock, stop);
    if (stop.stop_requested()) return 1;
  }
  print(stdout, render_text(snapshots));
  return failed == 0 ? 0 : 1;
}

}  // namespace downsampled
