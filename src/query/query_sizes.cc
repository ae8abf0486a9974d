#include "query/query_sizes.h"

#include <algorithm>

namespace downsampled {

Guarded<QuerySize>& QuerySizes::of(std::string_view expr, Duration step) {
  return sizes_.lock()->try_emplace({std::string(expr), step}).first->second;
}

std::size_t QuerySizes::limited() {
  const auto sizes = sizes_.lock();
  return static_cast<std::size_t>(
      std::ranges::count_if(*sizes, [](auto& size) { return size.second.lock()->limited(); }));
}

}  // namespace downsampled
