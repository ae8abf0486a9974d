// How long to wait before a server that could not answer now is asked again. Pure.
#pragma once

#include <algorithm>
#include <optional>

#include "base/clock.h"

namespace downsampled {

inline constexpr Duration kFirstBackoff = std::chrono::seconds(1);
inline constexpr Duration kLongestBackoff = std::chrono::minutes(1);

/// The wait before retry `attempt` (0 for the first): anything up to an exponentially growing
/// bound ("full jitter",
/// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), so that many clients
/// do not come back at one moment. What the server asked for by Retry-After is waited in full, and
/// the jitter comes on top. `random` is uniform in [0, 1).
inline Duration backoff(int attempt, double random, std::optional<Duration> retry_after = {}) {
  constexpr int kMostDoublings = 6;  // 2^6 s is past the longest
  const Duration bound =
      std::min(kLongestBackoff, kFirstBackoff * (1 << std::clamp(attempt, 0, kMostDoublings)));
  const Duration jitter(static_cast<Duration::rep>(random * static_cast<double>(bound.count())));
  return retry_after.value_or(Duration::zero()) + jitter;
}

}  // namespace downsampled
