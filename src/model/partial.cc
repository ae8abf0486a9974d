#include "model/partial.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace downsampled {
namespace {

/// x * x as a rounded product and its exact error.
void add_square(CompensatedSum& squares, double x) {
  const double product = x * x;
  squares.add(product);
  if (std::isfinite(product)) squares.add(std::fma(x, x, -product));
}

/// (squares - sum² / count) / count, in double-double throughout: the difference of two large and
/// nearly equal numbers is where a variance loses its digits.
double population_variance(const Partial& partial, double count) {
  const double high = partial.sum.high();
  if (!std::isfinite(high)) return std::numeric_limits<double>::quiet_NaN();
  const double product = high * high;
  if (!std::isfinite(product)) return std::numeric_limits<double>::infinity();
  const double product_error = std::fma(high, high, -product) + 2 * high * partial.sum.low();
  const double quotient = product / count;
  const double quotient_error = (std::fma(-quotient, count, product) + product_error) / count;
  CompensatedSum difference = partial.squares;
  difference.add(-quotient);
  difference.add(-quotient_error);
  if (!std::isfinite(difference.value())) return std::numeric_limits<double>::infinity();
  return std::max(0.0, difference.value()) / count;
}

}  // namespace

Fields fields_of(Aggregate aggregate) {
  return {.squares = aggregate == Aggregate::stddev || aggregate == Aggregate::stdvar};
}

void Partial::add(const Sample& sample, Fields fields) {
  ++count;
  min = std::min(min, sample.value);
  max = std::max(max, sample.value);
  last = sample;
  sum.add(sample.value);
  if (fields.squares) add_square(squares, sample.value);
}

void Partial::merge(const Partial& other) {
  if (other.count > 0 && (count == 0 || other.last.time > last.time)) last = other.last;
  count += other.count;
  min = std::min(min, other.min);
  max = std::max(max, other.max);
  sum.merge(other.sum);
  squares.merge(other.squares);
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
