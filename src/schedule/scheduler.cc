#include "schedule/scheduler.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/duration.h"
#include "base/log.h"

namespace downsampled {
namespace {

// Less is what time synchronization does, and nobody's concern.
constexpr Duration kJump = std::chrono::seconds(10);

/// By how much the wall clock is ahead of the steady one, which nobody can set.
Duration ahead(const Clock& clock) {
  const auto steady = std::chrono::floor<Duration>(clock.steady_now().time_since_epoch());
  return clock.now().time_since_epoch() - steady;
}

}  // namespace

Scheduler::Scheduler(Timetable timetable, const Clock& clock, Evaluate evaluate, Pulse pulse)
    : timetable_(std::move(timetable)),
      clock_(clock),
      evaluate_(std::move(evaluate)),
      pulse_(std::move(pulse)),
      ahead_(ahead(clock)) {}

void Scheduler::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    pulse_.beat();
    look_for_jump();
    for (const Due& due : timetable_.take_due(clock_.now())) due_.put(due);
    const auto news = news_.take_for(until_next_due(), stop);
    if (news) (*news)();
  }
}

void Scheduler::replace(Groups groups) {
  news_.put([this, now = std::move(groups)] { timetable_.replace(now); });
}

void Scheduler::hurry(std::shared_ptr<const Group> group) {
  news_.put([this, soon = std::move(group)] { timetable_.hurry(soon, clock_.now()); });
}

void Scheduler::work(std::stop_token stop) {
  while (const std::optional<Due> due = due_.take(stop)) {
    const Outcome outcome = evaluate_(*due, stop);
    news_.put([this, due = *due, outcome] { timetable_.finished(due, outcome, clock_.now()); });
  }
}

void Scheduler::look_for_jump() {
  const Duration before = std::exchange(ahead_, ahead(clock_));
  const Duration jump = ahead_ - before;
  if (std::chrono::abs(jump) < kJump) return;
  timetable_.clock_was_set(jump);
  const Timestamp now = clock_.now();
  if (jump > Duration::zero()) {
    log::warn("the clock jumped forward, or the machine slept; the windows between are missed",
              {{"by", format_duration(std::chrono::round<std::chrono::seconds>(jump))},
               {"now", format_timestamp(now)},
               {"missed", timetable_.missed(now)}});
  } else {
    log::warn("the clock jumped back; windows that are recorded stay, and are not asked for again",
              {{"by", format_duration(std::chrono::round<std::chrono::seconds>(-jump))},
               {"now", format_timestamp(now)},
               {"newest_slot", format_timestamp(timetable_.newest_slot().value_or(now))}});
  }
}

Duration Scheduler::until_next_due() const {
  const std::optional<Timestamp> next = timetable_.next_due();
  if (!next) return pulse_.period;
  const Timestamp now = clock_.now();
  return *next <= now ? Duration::zero() : std::min(*next - now, pulse_.period);
}

}  // namespace downsampled
