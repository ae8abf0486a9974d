#include "schedule/spread.h"

#include <algorithm>
#include <cstdint>

namespace downsampled {
namespace {

constexpr Duration kEach = std::chrono::milliseconds(10);
constexpr Duration kMost = std::chrono::seconds(5);
constexpr int kMostOfInterval = 20;  // the n-th part

/// FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), the same on every machine.
std::uint64_t hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : text) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001b3;
  }
  return hash;
}

}  // namespace

Duration spread(std::string_view group_id, Duration interval, std::size_t groups) {
  if (groups <= 1) return Duration::zero();
  const Duration others = kEach * static_cast<Duration::rep>(groups - 1);
  const Duration width = std::min({others, interval / kMostOfInterval, kMost});
  if (width <= Duration::zero()) return Duration::zero();
  return Duration(
      static_cast<Duration::rep>(hash(group_id) % static_cast<std::uint64_t>(width.count())));
}

}  // namespace downsampled
