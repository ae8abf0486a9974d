// What is lost with a journal that is moved aside, as far as its file still tells. Changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace downsampled {

/// Nothing of what cannot be read.
struct Loss {
  std::optional<std::int64_t> windows;
  std::optional<Timestamp> from;  ///< the end of the oldest window
  std::optional<Timestamp> to;    ///< and of the newest
  std::optional<std::int64_t> rules;
};

/// Of a file that may be anything. Throws nothing because of it.
Loss loss_with(const std::string& file);

}  // namespace downsampled
