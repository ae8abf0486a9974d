#include "app/backfill_lane.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "pipeline/attempt.h"
#include "query/backoff.h"

namespace downsampled {
namespace {

std::size_t recorded(const CaughtUp& result) {
  return std::accumulate(result.recorded.begin(), result.recorded.end(), std::size_t{0});
}

/// Those of a rule are tried in their order: what was recorded or failed is at the front.
void drop_tried(MissingWindows& windows, const CaughtUp& result) {
  std::vector<std::size_t> tried = result.recorded;
  for (const FailedWindow& failed : result.failed) ++tried[failed.rule];
  for (std::size_t rule = 0; rule < windows.size(); ++rule) {
    auto& ends = windows[rule];
    ends.erase(ends.begin(), ends.begin() + static_cast<std::ptrdiff_t>(tried[rule]));
  }
}

// In a row, of batches without any reply: one of them may be of windows that are too big.
constexpr int kMostSilent = 2;

bool is_silent(const CaughtUp& result) {
  return recorded(result) == 0 && !result.failed.empty() &&
         std::ranges::all_of(result.failed, [](const FailedWindow& failed) {
           return failed.error.reason() == Reason::timeout;
         });
}

}  // namespace

void BackfillLane::run(std::stop_token stop) {
  std::optional<Error> problem;
  while (!problem && !stop.stop_requested()) {
    std::optional<BackfillWork::Batch> batch = work_.take(index_);
    if (!batch) break;
    const auto failed = attempt([&] { problem = evaluate(*std::move(batch), stop); });
    if (failed) problem = failed;  // of the journal
  }
  reports_.put({.ended = true, .problem = problem});
}

/// Again and again while the source cannot be asked; its error when that lasts, or it hangs.
std::optional<Error> BackfillLane::evaluate(BackfillWork::Batch batch,
                                            const std::stop_token& stop) {
  const Group& group = *groups_[batch.group];
  const EvaluatedGroup& evaluated = evaluations_.at(groups_[batch.group]);
  const Stages& stages = evaluated.stages();
  const Duration patience = evaluated.timeout();
  std::optional<SteadyTime> give_up;
  for (int tries = 0;; ++tries) {
    const SteadyTime start = stages.clock.steady_now();
    const CaughtUp result =
        evaluate_missing(group, batch.windows, rolling_[batch.group], stages, patience, stop);
    const SteadyTime now = stages.clock.steady_now();
    report(batch.group, result);
    if (stop.stop_requested()) return std::nullopt;
    if (!result.interrupted) {
      work_.learn(batch, std::chrono::ceil<Duration>(now - start), result.series);
      silent_ = is_silent(result) ? silent_ + 1 : 0;
      if (silent_ < kMostSilent) return std::nullopt;
      return result.failed.back().error;
    }
    if (!give_up || recorded(result) > 0) {
      give_up = now + patience;
      tries = 0;
    }
    const Duration wait = backoff(tries, std::generate_canonical<double, 53>(random_),
                                  result.interrupted->retry_after());
    if (now + wait > *give_up) return result.interrupted;
    if (!stages.clock.sleep_for(wait, stop)) return std::nullopt;
    drop_tried(batch.windows, result);
  }
}

void BackfillLane::report(std::size_t group, const CaughtUp& result) {
  reports_.put({.group = group, .recorded = recorded(result), .failed = result.failed});
}

}  // namespace downsampled
