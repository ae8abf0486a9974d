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

/// The square of a difference, `times` times; what is past twice the width of a double is dropped.
void add_square(CompensatedSum& sum, const Difference& x, double times = 1) {
  const double several = times * x.high;
  add_product(sum, several, x.high);
  if (std::isfinite(several)) add_product(sum, std::fma(times, x.high, -several), x.high);
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

double quantile(const Partial& partial, double q, std::uint64_t zeros) {
  if (zeros == 0) return partial.sketch.quantile(q, partial.min, partial.max);
  Sketch all = partial.sketch;
  all.add(0, zeros);
  return all.quantile(q, std::min(partial.min, 0.0), std::max(partial.max, 0.0));
}

}  // namespace

Fields Fields::united(Fields other) const {
  return {.sum = sum || other.sum,
          .extremes = extremes || other.extremes,
          .last = last || other.last,
          .squares = squares || other.squares,
          .sketch = sketch || other.sketch};
}

Fields fields_of(Aggregate aggregate) {
  switch (aggregate.kind) {
    case Aggregate::avg:
    case Aggregate::sum:
    case Aggregate::integral:
      return {.sum = true};
    case Aggregate::count:
      return {};
    case Aggregate::min:
    case Aggregate::max:
      return {.extremes = true};
    case Aggregate::last:
      return {.last = true};
    case Aggregate::stddev:
    case Aggregate::stdvar:
      return {.sum = true, .squares = true};
    case Aggregate::quantile:
      return {.extremes = true, .sketch = true};
  }
  return {};
}

void Partial::add(const Sample& sample, Fields fields) {
  if (fields.squares) {
    if (count == 0) origin = sample.value;
    add_square(squares, Difference(sample.value, origin));
  }
  ++count;
  if (fields.extremes) {
    min = std::min(min, sample.value);
    max = std::max(max, sample.value);
  }
  if (fields.last) last = sample;
  if (fields.sum) sum.add(sample.value);
  if (fields.sketch) sketch.add(sample.value);
}

void Partial::take(const Partial& other, Fields fields) {
  if (fields.sum) sum = other.sum;
  if (fields.extremes) {
    min = other.min;
    max = other.max;
  }
  if (fields.last) last = other.last;
  if (fields.squares) {
    origin = other.origin;
    squares = other.squares;
  }
  if (fields.sketch) sketch = other.sketch;
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
  sketch.merge(other.sketch);
  histogram = histogram || other.histogram;
}

void Coverage::merge(const Coverage& other) {
  if (other.covered > 0 && (covered == 0 || other.newest > newest)) newest = other.newest;
  points += other.points;
  covered += other.covered;
}

unsigned flags_of(const Partial& partial) {
  return (partial.histogram ? kHistogramFlag : 0) |
         (partial.sum.parts().scaled ? kSumScaledFlag : 0) |
         (partial.squares.parts().scaled ? kSquaresScaledFlag : 0);
}

double reduce(const Partial& partial, const Coverage& coverage, Aggregate aggregate, Absent absent,
              Duration step) {
  const bool zero = absent == Absent::zero;
  const auto count = static_cast<double>(partial.count);
  const double all = zero ? static_cast<double>(coverage.covered) : count;
  const bool gaps = zero && partial.count < static_cast<std::uint64_t>(coverage.covered);
  switch (aggregate.kind) {
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
    case Aggregate::quantile:
      return quantile(partial, aggregate.q,
                      gaps ? static_cast<std::uint64_t>(coverage.covered) - partial.count : 0);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace downsampled
