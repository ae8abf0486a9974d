// One of the threads of a backfill: takes batches, evaluates them into the journal, and reports.
// Runs on its own thread; what it refers to is thread-safe and outlives it.
#pragma once

#include <cstddef>
#include <optional>
#include <random>
#include <stop_token>
#include <vector>

#include "app/backfill_work.h"
#include "app/evaluations.h"
#include "base/mailbox.h"

namespace downsampled {

/// What a lane has to say.
struct LaneReport {
  std::size_t group = 0;
  std::size_t recorded = 0;  ///< windows
  std::vector<FailedWindow> failed = {};
  bool ended = false;                 ///< the last report of this lane
  std::optional<Error> problem = {};  ///< why it ended; the other lanes need not go on either
};

class BackfillLane {
 public:
  /// A source's timeout is also the patience with it when it cannot be asked.
  BackfillLane(std::size_t index, const Groups& groups, Evaluations& evaluations,
               BackfillWork& work, Mailbox<LaneReport>& reports)
      : index_(index), groups_(groups), evaluations_(evaluations), work_(work), reports_(reports) {
    for (const auto& group : groups) rolling_.emplace_back(group->rules.size());
  }

  /// Until all is dealt out, `stop` is requested, or the source stays away.
  void run(std::stop_token stop);

 private:
  std::optional<Error> evaluate(BackfillWork::Batch batch, const std::stop_token& stop);
  void report(std::size_t group, const CaughtUp& result);

  const std::size_t index_;
  const Groups& groups_;
  Evaluations& evaluations_;
  BackfillWork& work_;
  Mailbox<LaneReport>& reports_;
  std::vector<std::vector<RollingWindow>> rolling_;  // by group and rule
  int silent_ = 0;                                   // batches in a row without any reply
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace downsampled
