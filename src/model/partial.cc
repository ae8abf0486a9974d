#include "model/partial.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace downsampled {
namespace {

/// a * b as a rounded product and its exact error.
void add_product(CompensatedSum& sum, double a, double b) {
  const double product = a * b;
  sum.add(product);
  if (std::isfinite(product)) sum.add(std::fma(a, b, -product));
}

/// a - b = high + low exactly (D. Knuth's TwoSum).
struct Difference {
  Difference(double a, double b) : high(a - b) {
    const double subtracted = a - high;
    low = (a - (high + subtracted)) + (subtracted - b);
  }
  double high;
  double low;
};

/// The square of a difference; what is past twice the width of a double is dropped.
void add_square(CompensatedSum& sum, const Difference& x, double times = 1) {
  add_product(sum, times * x.high, x.high);
  const double rest = 2 * times * x.high * x.low;
  if (std::isfinite(rest)) sum.add(rest);
}

/// The sum of (sample - origin), as high and low.
Difference deviations(const Partial& partial) {
  CompensatedSum sum = partial.sum;
  add_product(sum, -static_cast<double>(partial.count), partial.origin);
  return {sum.high(), -sum.low()};
}

/// (sum of squares - square of the sum / count) of the deviations, in double-double throughout, and
/// then by the parallel formula (T. F. Chan et al. 1979) what `all - count` zeros add.
double population_variance(const Partial& partial, double all) {
  const auto count = static_cast<double>(partial.count);
  const double mean = partial.sum.mean(count);
  if (!std::isfinite(mean)) return std::numeric_limits<double>::quiet_NaN();
  const Difference sum = deviations(partial);
  const double square = sum.high * sum.high;
  const double rest = std::fma(sum.high, sum.high, -square) + 2 * sum.high * sum.low;
  const double quotient = square / count;
  CompensatedSum moment = partial.squares;
  moment.add(-quotient);
  moment.add(-(std::fma(-quotient, count, square) + rest) / count);
  if (!std::isfinite(moment.value())) return std::numeric_limits<double>::infinity();
  return std::max(0.0, moment.value()) / all + mean * mean * (count / all) * ((all - count) / all);
}

}  // namespace

Fields fields_of(Aggregate aggregate) {
  return {.squares = aggregate == Aggregate::stddev || aggregate == Aggregate::stdvar};
}

void Partial::add(const Sample& sample, Fields fields) {
  if (count++ == 0) origin = sample.value;
  min = std::min(min, sample.value);
  max = std::max(max, sample.value);
  last = sample;
  sum.add(sample.value);
  if (fields.squares) add_square(squares, Difference(sample.value, origin));
}

/// The other's squares are of deviations from an origin of its own.
void Partial::merge_squares(const Partial& other) {
  if (count == 0) origin = other.origin;
  squares.merge(other.squares);
  const Difference shift(other.origin, origin);
  if (other.count == 0 || shift.high == 0) return;
  const Difference moved = deviations(other);
  add_product(squares, 2 * shift.high, moved.high);
  squares.add(2 * (shift.high * moved.low + shift.low * moved.high));
  add_square(squares, shift, static_cast<double>(other.count));
}

void Partial::merge(const Partial& other) {
  if (other.count > 0 && (count == 0 || other.last.time > last.time)) last = other.last;
  merge_squares(other);
  count += other.count;
  min = std::min(min, other.min);
  max = std::max(max, other.max);
  sum.merge(other.sum);
  histogram = histogram || other.histogram;
}

void Coverage::merge(const Coverage& other) {
  if (other.covered > 0 && (covered == 0 || other.newest > newest)) newest = other.newest;
  points += other.points;
  covered += other.covered;
}

double reduce(const Partial& partial, const Coverage& coverage, Aggregate aggregate, Absent absent,
              Duration step) {
  const bool zero = absent == Absent::zero;
  const auto count = static_cast<double>(partial.count);
  const double all = zero ? static_cast<double>(coverage.covered) : count;
  const bool gaps = zero && partial.count < static_cast<std::uint64_t>(coverage.covered);
  switch (aggregate) {
    case Aggregate::avg:
      return partial.sum.mean(all);
    case Aggregate::sum:
      return partial.sum.value();
    case Aggregate::count:
      return count;
    case Aggregate::integral:
      return partial.sum.value() * std::chrono::duration<double>(step).count();
    case Aggregate::min:
      return gaps ? std::min(partial.min, 0.0) : partial.min;
    case Aggregate::max:
      return gaps ? std::max(partial.max, 0.0) : partial.max;
    case Aggregate::last:
      return zero && partial.last.time != coverage.newest ? 0.0 : partial.last.value;
    case Aggregate::stdvar:
      return population_variance(partial, all);
    case Aggregate::stddev:
      return std::sqrt(population_variance(partial, all));
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace downsampled
