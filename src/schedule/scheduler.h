// The one loop that runs due groups on a fixed pool: run() on one thread hands out what the
// timetable says is due, work() on each thread of the pool evaluates it and reports back.
// Owned by app/, which starts the threads. Both end soon after their stop_token asks.
#pragma once

#include <functional>
#include <stop_token>

#include "base/clock.h"
#include "base/mailbox.h"
#include "schedule/timetable.h"

namespace downsampled {

class Scheduler {
 public:
  /// Called on the pool's threads, never twice at once for the same group. What it throws ends the
  /// program.
  using Evaluate = std::function<Outcome(const Due&, std::stop_token)>;

  /// `clock` must outlive the scheduler.
  Scheduler(Timetable timetable, const Clock& clock, Evaluate evaluate);

  void run(std::stop_token stop);
  void work(std::stop_token stop);

 private:
  struct Finished {
    Due due;
    Outcome outcome;
  };

  Duration until_next_due() const;

  Timetable timetable_;  // owned by the thread of run()
  const Clock& clock_;
  const Evaluate evaluate_;
  Mailbox<Due> due_;
  Mailbox<Finished> finished_;
};

}  // namespace downsampled
