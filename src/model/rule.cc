#include "model/rule.h"

#include <fmt/format.h>

namespace downsampled {

std::string to_string(Aggregate aggregate) {
  switch (aggregate.kind) {
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
    case Aggregate::quantile:
      return fmt::format("quantile({})", aggregate.q);
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
