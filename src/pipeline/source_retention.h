// How long a source keeps samples: as we were told, or as the server says of itself, where it has
// no others to read what is older from. Asked once in a while, because servers are started anew
// with another retention. Thread-safe; owned by app/.
#pragma once

#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "base/guarded.h"
#include "query/querier.h"

namespace downsampled {

class SourceRetention {
 public:
  /// `told` saves asking. `querier` and `clock` must outlive this.
  SourceRetention(Querier& querier, const Clock& clock, std::optional<Duration> told)
      : querier_(querier), clock_(clock), told_(told) {}

  /// Empty where nobody knows. Does not throw Error.
  std::optional<Duration> get(const std::stop_token& stop);

 private:
  struct Known {
    std::optional<Duration> retention = {};
    std::optional<SteadyTime> until = {};
  };
  Known ask(const std::stop_token& stop);

  Querier& querier_;
  const Clock& clock_;
  const std::optional<Duration> told_;
  Guarded<Known> known_;
};

}  // namespace downsampled
