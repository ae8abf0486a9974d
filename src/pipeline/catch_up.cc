#include "pipeline/catch_up.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace downsampled {
namespace {

using namespace std::chrono_literals;

}  // namespace

CatchUp::CatchUp(const Groups& groups, std::vector<GroupMetrics> metrics, const Stages& stages,
                 Options options)
    : stages_(stages), options_(std::move(options)), metrics_(std::move(metrics)) {
  const int replacements = stages_.journal.replacements();
  std::vector<Settled> settled;
  for (std::size_t index = 0; index < groups.size(); ++index) {
    missed_
        .emplace_back(groups[index], metrics_[index], stages_, options_.max_age, options_.patience,
                      options_.show)
        .begin(replacements > 0, settled);
  }
  stages_.journal.settle(settled, replacements);
}

void CatchUp::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    MissedWindows* missed = next();
    // Live comes first: what has ended meanwhile is heard before the next step.
    const Duration patience = missed ? 0ms : until_next();
    if (const auto heard = evaluated_.take_for(patience, stop)) {
      take(*heard);
    } else if (missed) {
      step(*missed, stop);
    }
  }
}

void CatchUp::take(const Evaluated& evaluated) {
  if (evaluated.outcome.failed == 0) source_back_.reset();
  missed_[evaluated.group].live_ended(evaluated.slot, evaluated.outcome);
}

/// The group with the oldest missing window that may be tried now, or one that lacks panes.
MissedWindows* CatchUp::next() {
  const SteadyTime now = stages_.clock.steady_now();
  if (source_back_ && now < *source_back_) return nullptr;
  source_back_.reset();
  MissedWindows* first = nullptr;
  Timestamp oldest = Timestamp::max();
  for (MissedWindows& missed : missed_) {
    missed.retry(now);
    if (const auto end = missed.oldest_ready(now); end && *end < oldest) {
      first = &missed;
      oldest = *end;
    }
  }
  return first ? first : next_to_fill(now);
}

/// By turns: one rule's month does not keep another's hour waiting.
MissedWindows* CatchUp::next_to_fill(SteadyTime now) {
  for (std::size_t turn = 0; turn < missed_.size(); ++turn) {
    MissedWindows& missed = missed_[++turn_ % missed_.size()];
    if (missed.is_due_to_fill(now)) return &missed;
  }
  return nullptr;
}

void CatchUp::step(MissedWindows& missed, const std::stop_token& stop) {
  const MissedWindows::Step done = missed.step(stop);
  if (stop.stop_requested()) return;
  if (done.ailing) {
    source_back_ =
        stages_.clock.steady_now() + options_.backoff(++refusals_, done.ailing->retry_after());
  } else {
    refusals_ = 0;
  }
  if (done.filled) options_.filled(missed.group());
}

Duration CatchUp::until_next() const {
  const SteadyTime now = stages_.clock.steady_now();
  SteadyTime first = source_back_.value_or(now + 1min);
  for (const MissedWindows& missed : missed_) {
    if (source_back_) break;
    if (const auto until = missed.waits_until()) first = std::min(first, *until);
  }
  return std::max(0ms, std::chrono::ceil<Duration>(first - now));
}

}  // namespace downsampled
