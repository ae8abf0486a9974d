#include "config/step.h"

#include <algorithm>
#include <numeric>

namespace downsampled {

Duration computed_step(const std::vector<Duration>& lengths) {
  using namespace std::chrono_literals;
  Duration divisor{};
  for (const Duration length : lengths) {
    divisor = Duration(std::gcd(divisor.count(), length.count()));
  }
  const Duration unit = divisor % 1s == 0ms ? Duration(1s) : Duration(1ms);
  Duration step = std::min<Duration>(15s, divisor - divisor % unit);
  while (divisor % step != 0ms) step -= unit;
  return step;
}

}  // namespace downsampled
