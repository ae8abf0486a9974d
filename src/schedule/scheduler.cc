#include "schedule/scheduler.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace downsampled {
namespace {

// The wall clock may be set while we wait, so the timetable is looked at this often at the least.
constexpr Duration kLongestWait = std::chrono::seconds(1);

}  // namespace

Scheduler::Scheduler(Timetable timetable, const Clock& clock, Evaluate evaluate)
    : timetable_(std::move(timetable)), clock_(clock), evaluate_(std::move(evaluate)) {}

void Scheduler::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    for (const Due& due : timetable_.take_due(clock_.now())) due_.put(due);
    const std::optional<Finished> finished = finished_.take_for(until_next_due(), stop);
    if (finished) timetable_.finished(finished->due, finished->outcome, clock_.now());
  }
}

void Scheduler::work(std::stop_token stop) {
  while (const std::optional<Due> due = due_.take(stop)) {
    finished_.put({*due, evaluate_(*due, stop)});
  }
}

Duration Scheduler::until_next_due() const {
  const std::optional<Timestamp> next = timetable_.next_due();
  if (!next) return kLongestWait;
  const Timestamp now = clock_.now();
  return *next <= now ? Duration::zero() : std::min(*next - now, kLongestWait);
}

}  // namespace downsampled
