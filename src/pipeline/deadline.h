// When an evaluation has to end. A plain value.
#pragma once

#include <stop_token>

#include "base/clock.h"

namespace downsampled {

/// When an evaluation has to end, done or not.
struct Deadline {
  SteadyTime time;
  std::stop_token stop;
};

}  // namespace downsampled
