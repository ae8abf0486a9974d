// What is logged once: what a source says beside its answers, as warnings and infos come with every
// reply, when that changes; and what is found out about it again and again. Thread-safe; owned by
// app/.
#pragma once

#include <map>
#include <set>
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

  /// Whether this is asked for the first time: what is said once, however often it is so.
  bool is_new(const std::string& remark) { return said_.lock()->insert(remark).second; }

 private:
  Guarded<std::map<std::string, std::vector<std::string>>> last_;  // by expression
  Guarded<std::set<std::string>> said_;
};

}  // namespace downsampled
