// The one loop that runs due groups on a fixed pool: run() on one thread hands out what the
// timetable says is due, work() on each thread of the pool evaluates it and reports back.
// Owned by app/, which starts the threads. Both end soon after their stop_token asks.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
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

  /// Called by run(), on its thread, every round: at least every `period`. A loop that is stuck
  /// does not call it.
  struct Pulse {
    Duration period = std::chrono::seconds(1);  ///< the wall clock may be set while we wait
    std::function<void()> beat = [] {};
  };

  /// `clock` must outlive the scheduler.
  Scheduler(Timetable timetable, const Clock& clock, Evaluate evaluate, Pulse pulse);

  /// As Timetable::replace() says, soon; by any thread. What the pool is at goes on.
  void replace(Groups groups);

  /// As Timetable::hurry() says, soon; by any thread.
  void hurry(std::shared_ptr<const Group> group);

  void run(std::stop_token stop);
  void work(std::stop_token stop);

 private:
  /// Says so when the wall clock was set, and tells the timetable.
  void look_for_jump();
  Duration until_next_due() const;

  Timetable timetable_;  // owned by the thread of run()
  const Clock& clock_;
  const Evaluate evaluate_;
  const Pulse pulse_;
  Duration ahead_;  // the wall clock of the steady one, when last looked at; of run()
  Mailbox<Due> due_;
  Mailbox<std::function<void()>> news_;  // what to do with the timetable; of run()
};

}  // namespace downsampled
