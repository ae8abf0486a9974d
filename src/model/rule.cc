#include "model/rule.h"

namespace downsampled {

std::string_view to_string(Aggregate aggregate) noexcept {
  switch (aggregate) {
    case Aggregate::avg:
      return "avg";
    case Aggregate::min:
      return "min";
    case Aggregate::max:
      return "max";
    case Aggregate::sum:
      return "sum";
    case Aggregate::count:
      return "count";
    case Aggregate::last:
      return "last";
    case Aggregate::stddev:
      return "stddev";
    case Aggregate::stdvar:
      return "stdvar";
    case Aggregate::integral:
      return "integral";
  }
  return "unknown";
}

std::string_view to_string(Absent absent) noexcept {
  switch (absent) {
    case Absent::skip:
      return "skip";
    case Absent::zero:
      return "zero";
  }
  return "unknown";
}

}  // namespace downsampled
