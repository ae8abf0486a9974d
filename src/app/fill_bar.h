// The bar of a filling on standard error, where that is a terminal; what is logged meanwhile goes
// over it. Thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"

namespace downsampled {

class FillBar {
 public:
  /// `clock` must outlive this.
  explicit FillBar(const Clock& clock);

  /// So many panes of the long window of the rule that records this are there; away at the end.
  void show(const std::string& record, std::size_t done, std::size_t total);

 private:
  const Clock& clock_;
  const bool terminal_;
  Guarded<std::optional<SteadyTime>> shown_;  // when last
};

}  // namespace downsampled
