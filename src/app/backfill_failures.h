// The windows that a backfill could not record: the first of each kind is logged as it comes, the
// rest counted, and the counts logged at the end. One thread at a time.
#pragma once

#include <cstddef>
#include <map>
#include <tuple>
#include <vector>

#include "pipeline/evaluate_missing.h"

namespace downsampled {

class BackfillFailures {
 public:
  void take(const Group& group, const std::vector<FailedWindow>& failed);

  /// How many windows, by rule and reason.
  void log_counts() const;

  std::size_t count() const;

 private:
  // by group and rule, as they are logged, and reason
  std::map<std::tuple<std::string, std::string, Reason>, std::size_t> counts_;
};

}  // namespace downsampled
