// Catching up by source: a source that is away, or slow, holds up no other's. One CatchUp, and one
// thread, for each source that groups ask; they end with this. evaluated() is for any thread; owned
// by app/.
#pragma once

#include <cstddef>
#include <memory>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "app/evaluations.h"
#include "pipeline/catch_up.h"

namespace downsampled {

class CatchUps {
 public:
  /// `evaluations` must outlive this, and have the groups. The patience is each source's timeout.
  CatchUps(const Groups& groups, Evaluations& evaluations, CatchUp::Options options);

  /// As CatchUp::evaluated() says. Nothing happens to a group that is not among these.
  void evaluated(const Group& group, Timestamp slot, const Outcome& outcome);

  void start();
  /// Cancels what they are at, and waits for the threads to end.
  void stop();

 private:
  struct OfSource {
    OfSource(std::vector<std::shared_ptr<EvaluatedGroup>> of_it, const CatchUp::Options& options);

    const std::vector<std::shared_ptr<EvaluatedGroup>> groups;
    CatchUp catch_up;
    std::jthread thread = {};
  };

  std::vector<std::unique_ptr<OfSource>> sources_;
  std::unordered_map<const Group*, std::pair<std::size_t, std::size_t>> places_;  // in sources_
};

}  // namespace downsampled
