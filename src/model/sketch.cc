#include "model/sketch.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

namespace downsampled {
namespace {

constexpr int kFractionBits = 6;
constexpr std::int32_t kBucketsOfPower = 1 << kFractionBits;
constexpr int kDropped = std::numeric_limits<double>::digits - 1 - kFractionBits;
static_assert(Sketch::kRelativeError == 1.0 / (2 * kBucketsOfPower + 1));

constexpr std::int32_t key_of_magnitude(double number) {
  return static_cast<std::int32_t>(std::bit_cast<std::uint64_t>(number) >> kDropped);
}

constexpr std::int32_t kLowestKey = key_of_magnitude(std::numeric_limits<double>::min());
constexpr std::int32_t kHighestKey = key_of_magnitude(std::numeric_limits<double>::infinity());

std::int32_t key_of(double number) {
  const std::int32_t key = key_of_magnitude(std::fabs(number));
  if (key < kLowestKey) return 0;
  return number < 0 ? -key : key;
}

bool is_key(std::int32_t key) {
  return key == 0 || (kLowestKey <= key && key <= kHighestKey) ||
         (-kHighestKey <= key && key <= -kLowestKey);
}

/// The number that no other of the bucket is further from than kRelativeError: 2ab / (a + b) of its
/// ends a and b.
double number_of(std::int32_t key) {
  if (key < 0) return -number_of(-key);
  if (key == 0 || key == kHighestKey) return key == 0 ? 0 : std::numeric_limits<double>::infinity();
  const auto start = std::bit_cast<double>(static_cast<std::uint64_t>(key) << kDropped);
  const std::int32_t part = kBucketsOfPower + key % kBucketsOfPower;
  return start * (static_cast<double>(2 * (part + 1)) / static_cast<double>(2 * part + 1));
}

std::uint32_t sum_of(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::min(kMost, std::min(kMost, a) + std::min(kMost, b)));
}

bool key_order(const Sketch::Bucket& a, const Sketch::Bucket& b) { return a.key < b.key; }

}  // namespace

std::optional<Sketch> Sketch::from(std::vector<Bucket> buckets) {
  std::size_t beside_0 = 0;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (!is_key(buckets[i].key) || buckets[i].count == 0) return std::nullopt;
    if (i > 0 && buckets[i].key <= buckets[i - 1].key) return std::nullopt;
    beside_0 += buckets[i].key == 0 ? 0 : 1;
  }
  if (beside_0 > kMostBuckets) return std::nullopt;
  Sketch sketch;
  sketch.buckets_ = std::move(buckets);
  return sketch;
}

void Sketch::add(double number, std::uint64_t times) {
  const Bucket added{key_of(number), sum_of(0, times)};
  const auto at = std::lower_bound(buckets_.begin(), buckets_.end(), added, key_order);
  if (at != buckets_.end() && at->key == added.key) {
    at->count = sum_of(at->count, times);
  } else if (times > 0) {
    buckets_.insert(at, added);
    collapse_nearest_to_0();
  }
}

void Sketch::merge(const Sketch& other) {
  const auto own = static_cast<std::ptrdiff_t>(buckets_.size());
  buckets_.insert(buckets_.end(), other.buckets_.begin(), other.buckets_.end());
  std::inplace_merge(buckets_.begin(), buckets_.begin() + own, buckets_.end(), key_order);
  auto last = buckets_.begin();
  for (auto next = buckets_.begin(); next != buckets_.end(); ++next) {
    if (next == last) continue;
    if (next->key == last->key) {
      last->count = sum_of(last->count, next->count);
    } else {
      *++last = *next;
    }
  }
  if (last != buckets_.end()) buckets_.erase(last + 1, buckets_.end());
  collapse_nearest_to_0();
}

/// Which buckets are left depends on the numbers alone and not on the order in which they came:
/// those that are the furthest from 0, of two equally far ones that above it.
void Sketch::collapse_nearest_to_0() {
  if (buckets_.size() <= kMostBuckets) return;
  auto first = std::lower_bound(buckets_.begin(), buckets_.end(), Bucket{0, 0}, key_order);
  auto end = first != buckets_.end() && first->key == 0 ? first + 1 : first;
  Bucket zero{0, first == end ? 0 : first->count};
  for (std::size_t left = buckets_.size() - (first == end ? 0 : 1); left > kMostBuckets; --left) {
    const bool below =
        first != buckets_.begin() && (end == buckets_.end() || -(first - 1)->key <= end->key);
    zero.count = sum_of(zero.count, below ? (--first)->count : (end++)->count);
  }
  if (first == end) return;
  *first = zero;
  buckets_.erase(first + 1, end);
}

std::uint64_t Sketch::count() const {
  return std::accumulate(
      buckets_.begin(), buckets_.end(), std::uint64_t{0},
      [](std::uint64_t count, const Bucket& bucket) { return count + bucket.count; });
}

double Sketch::number_at(std::uint64_t rank) const {
  for (const Bucket& bucket : buckets_) {
    if (rank < bucket.count) return number_of(bucket.key);
    rank -= bucket.count;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

double Sketch::quantile(double q, double min, double max) const {
  const std::uint64_t last = count() - 1;
  const auto at = [&](std::uint64_t rank) {
    if (rank == 0) return min;
    return rank == last ? max : std::clamp(number_at(rank), min, max);
  };
  const double rank = q * static_cast<double>(last);
  const auto below = static_cast<std::uint64_t>(rank);
  const double share = rank - static_cast<double>(below);
  const double lower = at(below);
  if (share == 0 || below >= last) return lower;  // 0 times infinity would be NaN
  const double upper = at(below + 1);
  return lower == upper ? lower : lower * (1 - share) + upper * share;
}

}  // namespace downsampled
