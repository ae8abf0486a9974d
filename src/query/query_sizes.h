// What was learned about the sizes of queries, by expression and step, for as long as the program
// runs: the next slot starts with a size that works. One for each source, owned by app/.
// Thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/guarded.h"
#include "query/query_size.h"

namespace downsampled {

class QuerySizes {
 public:
  explicit QuerySizes(QueryBounds bounds) : bounds_(bounds) {}

  const QueryBounds& bounds() const noexcept { return bounds_; }

  /// The size of this expression at this step, which lives as long as this.
  Guarded<QuerySize>& of(std::string_view expr, Duration step);

  /// How many are limited. Not to be called while one of them is locked.
  std::size_t limited();

 private:
  const QueryBounds bounds_;
  Guarded<std::map<std::pair<std::string, Duration>, Guarded<QuerySize>>> sizes_;
};

}  // namespace downsampled
