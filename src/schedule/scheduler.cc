#include "schedule/scheduler.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace downsampled {

Scheduler::Scheduler(Timetable timetable, const Clock& clock, Evaluate evaluate, Pulse pulse)
    : timetable_(std::move(timetable)),
      clock_(clock),
      evaluate_(std::move(evaluate)),
      pulse_(std::move(pulse)) {}

void Scheduler::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    pulse_.beat();
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
  if (!next) return pulse_.period;
  const Timestamp now = clock_.now();
  return *next <= now ? Duration::zero() : std::min(*next - now, pulse_.period);
}

}  // namespace downsampled
