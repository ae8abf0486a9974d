// What a source says beside its answers: warnings and infos come with every reply, so they are
// logged when they change. Thread-safe; owned by app/.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "decode/range_decoder.h"

namespace downsampled {

class Remarks {
 public:
  /// Logs the remarks of a reply, the warnings as such, unless the last reply to `expr` had the
  /// same.
  void report(const std::string& expr, const ReplySummary& summary);

 private:
  Guarded<std::map<std::string, std::vector<std::string>>> last_;  // by expression
};

}  // namespace downsampled
