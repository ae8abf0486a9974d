// A mergeable sketch of numbers that answers for any quantile: a DDSketch (C. Masson, J. E. Rim,
// H. K. Lee 2019, https://arxiv.org/abs/1908.10693). It counts the numbers by buckets, so merging
// is exact: the sketch of a union is the merge, bit for bit, in any order and grouping. A bucket is
// the sign, the exponent and the first six bits of the fraction of a double (the authors' bitwise
// linearly interpolated mapping), so that it is the same on every machine.
// Plain value; allocates nothing while it is empty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace downsampled {

class Sketch {
 public:
  /// How far an answer may be from the number at its rank, relative to that number. Numbers nearer
  /// to 0 than the smallest normal double (2.2e-308) count as 0.
  static constexpr double kRelativeError = 1.0 / 129;

  /// The most buckets of one sketch, beside that of 0. Of numbers that would take more, those of
  /// the buckets that are nearest to 0 count as 0. That takes 4,096 samples or more, which spread
  /// over 64 powers of two (a factor of 10^19), or over 32 (4 * 10^9) where they have both signs.
  static constexpr std::size_t kMostBuckets = 4096;

  struct Bucket {
    std::int32_t key;     ///< rises with the numbers; 0 for those that are 0
    std::uint32_t count;  ///< stays at the highest, once it is there

    friend bool operator==(const Bucket&, const Bucket&) = default;
  };

  Sketch() = default;
  /// None unless these are what buckets() says of some sketch.
  static std::optional<Sketch> from(std::vector<Bucket> buckets);

  /// The number may be infinite but not NaN.
  void add(double number, std::uint64_t times = 1);
  /// As if all that the other has, which is not this one, was added here.
  void merge(const Sketch& other);

  /// By rising key.
  const std::vector<Bucket>& buckets() const noexcept { return buckets_; }
  std::uint64_t count() const;

  /// The number at rank q (count() - 1), from rank 0, between two ranks interpolated linearly as by
  /// Prometheus's quantile_over_time(). Of numbers a and b at these ranks, and the share w that b
  /// has, it is within kRelativeError * ((1 - w) |a| + w |b|): within kRelativeError of itself
  /// where both have one sign. At the first rank and the last it is `min` and `max`, which are
  /// those of the numbers. Requires 0 <= q <= 1 and count() > 0.
  double quantile(double q, double min, double max) const;

  friend bool operator==(const Sketch&, const Sketch&) = default;

 private:
  double number_at(std::uint64_t rank) const;
  void collapse_nearest_to_0();

  std::vector<Bucket> buckets_;
};

}  // namespace downsampled
