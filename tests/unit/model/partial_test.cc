#include "model/partial.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <initializer_list>
#include <random>
#include <vector>

#include "support/series.h"

namespace downsampled {
namespace {

using test::at;
using test::kInf;
using test::kNaN;
using namespace std::chrono_literals;

constexpr Fields kAll{.sum = true, .extremes = true, .last = true, .squares = true, .sketch = true};

Partial partial_of(const std::vector<double>& values, std::int64_t first = 0) {
  Partial partial;
  for (const double value : values) partial.add({at(first++), value}, kAll);
  return partial;
}

double reduced(const Partial& partial, std::int64_t covered, Aggregate aggregate, Absent absent) {
  const auto newest = at(covered - 1);
  return reduce(partial, {.points = covered, .covered = covered, .newest = newest}, aggregate,
                absent, 15s);
}

TEST_CASE("the table of aggregates, with every covered point present") {
  const Partial partial = partial_of({1, 5, 3});
  for (const Absent absent : {Absent::skip, Absent::zero}) {
    CHECK(reduced(partial, 3, Aggregate::avg, absent) == 3);
    CHECK(reduced(partial, 3, Aggregate::sum, absent) == 9);
    CHECK(reduced(partial, 3, Aggregate::count, absent) == 3);
    CHECK(reduced(partial, 3, Aggregate::integral, absent) == 135);
    CHECK(reduced(partial, 3, Aggregate::min, absent) == 1);
    CHECK(reduced(partial, 3, Aggregate::max, absent) == 5);
    CHECK(reduced(partial, 3, Aggregate::last, absent) == 3);
    CHECK(reduced(partial, 3, {Aggregate::quantile, 1}, absent) == 5);
    CHECK(reduced(partial, 3, {Aggregate::quantile, 0.5}, absent) ==
          doctest::Approx(3).epsilon(0.01));
    CHECK(reduced(partial, 3, {Aggregate::quantile, 0}, absent) == 1);
    CHECK(reduced(partial, 3, Aggregate::stdvar, absent) == doctest::Approx(8.0 / 3));
    CHECK(reduced(partial, 3, Aggregate::stddev, absent) == doctest::Approx(std::sqrt(8.0 / 3)));
  }
}

TEST_CASE("a partial holds the fields that it was asked for, and is as new in the others") {
  for (const Aggregate aggregate : std::initializer_list<Aggregate>{
           Aggregate::avg, Aggregate::max, Aggregate::last, Aggregate::count, Aggregate::stddev,
           Aggregate::integral, Aggregate::quantile}) {
    const Fields fields = fields_of(aggregate);
    Partial some;
    for (std::int64_t i = 0; i < 3; ++i) some.add({at(i), 3.0 * static_cast<double>(i)}, fields);
    Partial merged = some;
    merged.merge(Partial{});
    CHECK(merged == some);
    const Partial all = partial_of({0, 3, 6});
    CHECK(reduced(some, 3, aggregate, Absent::skip) == reduced(all, 3, aggregate, Absent::skip));
    Partial expected{.count = 3};
    if (fields.sum) expected.sum = all.sum;
    if (fields.extremes) expected.min = all.min, expected.max = all.max;
    if (fields.last) expected.last = all.last;
    if (fields.squares) expected.origin = all.origin, expected.squares = all.squares;
    if (fields.sketch) expected.sketch = all.sketch;
    CHECK(some == expected);
  }
}

TEST_CASE("fields include what they unite, and no more") {
  const Fields both = Fields{.sum = true}.united({.last = true});
  CHECK(both == Fields{.sum = true, .last = true});
  CHECK(both.include({.sum = true}));
  CHECK(both.include({}));
  CHECK_FALSE(both.include({.last = true, .squares = true}));
}

TEST_CASE("absent points are skipped, or count as zeros") {
  const Partial partial = partial_of({2, 4});
  CHECK(reduced(partial, 4, Aggregate::avg, Absent::skip) == 3);
  CHECK(reduced(partial, 4, Aggregate::avg, Absent::zero) == 1.5);
  CHECK(reduced(partial, 4, Aggregate::min, Absent::skip) == 2);
  CHECK(reduced(partial, 4, Aggregate::min, Absent::zero) == 0);
  CHECK(reduced(partial, 4, Aggregate::last, Absent::skip) == 4);
  CHECK(reduced(partial, 4, Aggregate::last, Absent::zero) == 0);
  CHECK(reduced(partial, 4, Aggregate::sum, Absent::zero) == 6);
  CHECK(reduced(partial, 4, Aggregate::count, Absent::zero) == 2);
  CHECK(reduced(partial, 4, Aggregate::stdvar, Absent::zero) == doctest::Approx(2.75));
  const Partial negative = partial_of({-2, -4});
  CHECK(reduced(negative, 3, Aggregate::max, Absent::zero) == 0);
  CHECK(reduced(negative, 3, Aggregate::max, Absent::skip) == -2);
  const auto median = [](const Partial& of, std::int64_t covered, Absent absent) {
    return reduced(of, covered, {Aggregate::quantile, 0.5}, absent);
  };
  CHECK(median(partial, 4, Absent::skip) == 3);
  CHECK(median(partial, 4, Absent::zero) == doctest::Approx(1).epsilon(0.01));
  CHECK(median(partial, 5, Absent::zero) == 0);
  CHECK(median(negative, 4, Absent::zero) == doctest::Approx(-1).epsilon(0.01));
  CHECK(reduced(partial, 4, {Aggregate::quantile, 0}, Absent::zero) == 0);
  CHECK(reduced(negative, 4, {Aggregate::quantile, 1}, Absent::zero) == 0);
}

TEST_CASE("a sum keeps what rounding loses") {
  CHECK(partial_of({1, 1e100, 1, -1e100}).sum.value() == 2);
  std::vector<double> tenths(1'000'000, 0.1);
  CHECK(partial_of(tenths).sum.value() == 100'000);
}

TEST_CASE("an average does not overflow where the mean is finite") {
  const Partial partial = partial_of({1e308, 1.5e308, 1e308, -1e308, 1e308});
  CHECK(partial.sum.mean(5) == doctest::Approx(0.7e308));
  CHECK(partial.sum.value() == kInf);
  Partial merged = partial_of({3e307});
  merged.merge(partial_of({1.7e308, 1.7e308}, 1));
  CHECK(merged.sum.mean(3) == doctest::Approx(3.7 / 3.0 * 1e308).epsilon(1e-15));
}

TEST_CASE("a merge that goes out of range keeps both low parts") {
  Partial merged = partial_of({1.5e308, 9e291});
  merged.merge(partial_of({1.5e308, 9e291}, 2));
  CHECK(merged.sum.mean(4) == doctest::Approx(0.75e308).epsilon(1e-15));
}

TEST_CASE("infinities are kept, and both signs make NaN") {
  CHECK(partial_of({1, kInf, 2}).sum.mean(3) == kInf);
  CHECK(partial_of({1, -kInf, 2}).sum.value() == -kInf);
  CHECK(std::isnan(partial_of({kInf, -kInf}).sum.value()));
  Partial merged = partial_of({kInf});
  merged.merge(partial_of({1}, 1));
  CHECK(merged.sum.value() == kInf);
  CHECK(std::isnan(reduced(merged, 2, Aggregate::stddev, Absent::skip)));
}

TEST_CASE("a variance keeps its digits far from zero") {
  CHECK(reduced(partial_of({1e9 + 1, 1e9 + 2, 1e9 + 3}), 3, Aggregate::stdvar, Absent::skip) ==
        doctest::Approx(2.0 / 3).epsilon(1e-14));
  CHECK(reduced(partial_of({0.1, 0.1, 0.1}), 3, Aggregate::stdvar, Absent::skip) == 0);
}

TEST_CASE("a variance keeps its digits where the first sample is far from all others") {
  constexpr double kSpike = 1e17 + 48, kOther = 0.3;
  Partial all = partial_of({kSpike});
  const Partial others = partial_of(std::vector<double>(7001, kOther));
  for (int panes = 0; panes < 7; ++panes) all.merge(others);
  const double count = 7 * 7001;
  const double exact = std::sqrt(count) / (count + 1) * (kSpike - kOther);
  const double found =
      reduced(all, static_cast<std::int64_t>(count) + 1, Aggregate::stddev, Absent::skip);
  CHECK(std::abs(found - exact) <= 1e-15 * exact);
}

TEST_CASE("merging panes equals one pass over all points") {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal(1e6, 3);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values(100);
    for (double& value : values) value = normal(random);
    const std::size_t cut = random() % values.size();
    Partial merged = partial_of({values.begin(), values.begin() + static_cast<long>(cut)});
    merged.merge(partial_of({values.begin() + static_cast<long>(cut), values.end()},
                            static_cast<std::int64_t>(cut)));
    const Partial whole = partial_of(values);
    CHECK(merged.sum.value() == whole.sum.value());
    CHECK(merged.count == whole.count);
    CHECK(merged.min == whole.min);
    CHECK(merged.max == whole.max);
    CHECK(merged.last == whole.last);
    CHECK(merged.sketch == whole.sketch);
    CHECK(reduced(merged, 100, Aggregate::stdvar, Absent::skip) ==
          doctest::Approx(reduced(whole, 100, Aggregate::stdvar, Absent::skip)).epsilon(1e-14));
  }
}

TEST_CASE("sums agree with arithmetic of twice the width") {
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> exponent(-30, 30);
  for (int round = 0; round < 100; ++round) {
    __extension__ using Wide = __float128;
    Wide sum = 0;
    Wide largest = 0;
    Partial partial;
    for (int index = 0; index < 1000; ++index) {
      const double value = (random() % 2 ? 1 : -1) * std::pow(10, exponent(random));
      partial.add({at(index), value}, kAll);
      sum += value;
      largest = std::max(largest, static_cast<Wide>(std::abs(value)));
    }
    const Wide difference = sum - partial.sum.value();
    CHECK(static_cast<double>((difference < 0 ? -difference : difference) / largest) < 1e-15);
  }
}

}  // namespace
}  // namespace downsampled
