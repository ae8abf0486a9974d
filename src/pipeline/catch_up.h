// Records the windows of slots that passed without one: after the source, the network or the daemon
// was away. Beside the live slots, on a thread of its own and with one query at a time; the oldest
// first; until a window is older than the limit, and lost. And asks for the panes that long windows
// lack, those of live's newest window included. Never publishes: /metrics shows the newest windows,
// and those are live's. run() is for one thread; evaluated() for any. Owned by app/.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/mailbox.h"
#include "pipeline/missed_windows.h"

namespace downsampled {

class CatchUp {
 public:
  struct Options {
    Duration max_age;   ///< a window that ended longer ago is lost
    Duration patience;  ///< for the queries of one rule
    Backoff backoff;
    FillProgress::Show show = {};  ///< where a filling shows how far it is, beside the log
    /// Called when panes that a window of the group lacked are all there.
    std::function<void(const std::shared_ptr<const Group>&)> filled = [](const auto&) {};
  };

  /// From here on every slot of every rule is to be recorded. `metrics` by group.
  CatchUp(const Groups& groups, std::vector<GroupMetrics> metrics, const Stages& stages,
          Options options);

  /// A live evaluation of the group's slot has ended.
  void evaluated(std::size_t group, Timestamp slot, const Outcome& outcome) {
    evaluated_.put({group, slot, outcome});
  }

  void run(std::stop_token stop);

 private:
  struct Evaluated {
    std::size_t group;
    Timestamp slot;
    Outcome outcome;
  };

  void take(const Evaluated& evaluated);
  MissedWindows* next();
  MissedWindows* next_to_fill(SteadyTime now);
  void step(MissedWindows& missed, const std::stop_token& stop);
  Duration until_next() const;

  const Stages stages_;
  const Options options_;
  const std::vector<GroupMetrics> metrics_;
  Mailbox<Evaluated> evaluated_;
  std::deque<MissedWindows> missed_;       // by group
  std::optional<SteadyTime> source_back_;  // not to be asked before
  int refusals_ = 0;                       // by the source, one after the other
  std::size_t turn_ = 0;                   // whose panes were asked for last
};

}  // namespace downsampled
