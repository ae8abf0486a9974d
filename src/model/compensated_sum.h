// A sum of doubles that keeps what rounding loses (T. J. Dekker 1971, A. Neumaier 1974; the error
// of each addition by D. Knuth's branch-free TwoSum): high + low is the true sum to about 106 bits.
// It does not overflow where the mean is finite: past the range of a double it goes on scaled by
// 2^-64. An infinite value makes the sum infinite, both signs make it NaN.
// Plain value; adding the same numbers in the same order gives the same bits.
#pragma once

#include <cmath>

namespace downsampled {

class CompensatedSum {
 public:
  /// What the sum is made of, as it is kept and not as it reads.
  struct Parts {
    double high = 0;
    double low = 0;
    bool scaled = false;
  };

  CompensatedSum() = default;
  explicit CompensatedSum(const Parts& parts)
      : high_(parts.high), low_(parts.low), factor_(parts.scaled ? kScale : 1) {}

  Parts parts() const { return {high_, low_, factor_ == kScale}; }

  void add(double value) { add_scaled(value * factor_); }

  /// As if all that the other has was added here, to double-double accuracy.
  void merge(CompensatedSum other) {
    if (other.factor_ != factor_) {
      scale_down();
      other.scale_down();
    }
    add_scaled(other.high_);
    if (other.factor_ != factor_) other.scale_down();  // that addition went out of range
    low_ += other.low_;
  }

  /// The sum; infinite where it is past the range of a double.
  double value() const { return unscaled() / factor_; }

  /// The sum divided by `count` > 0, finite wherever that is.
  double mean(double count) const { return unscaled() / count / factor_; }

  double high() const { return high_ / factor_; }
  double low() const { return std::isfinite(high_) ? low_ / factor_ : 0; }

  friend bool operator==(const CompensatedSum&, const CompensatedSum&) = default;

 private:
  static constexpr double kScale = 0x1p-64;

  void add_scaled(double value) {
    const double total = high_ + value;
    if (std::isinf(total) && std::isfinite(high_) && std::isfinite(value)) [[unlikely]] {
      scale_down();
      return add_scaled(value * kScale);
    }
    const double added = total - high_;
    low_ += (high_ - (total - added)) + (value - added);
    high_ = total;
  }

  void scale_down() {
    if (factor_ == kScale) return;
    factor_ = kScale;
    high_ *= kScale;
    low_ *= kScale;
  }

  /// An infinity leaves NaN in low_, which must not reach the sum.
  double unscaled() const { return std::isfinite(high_) ? high_ + low_ : high_; }

  double high_ = 0;
  double low_ = 0;
  double factor_ = 1;
};

}  // namespace downsampled
