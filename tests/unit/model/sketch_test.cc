#include "model/sketch.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "support/series.h"

namespace downsampled {
namespace {

using test::kInf;

constexpr double kQuantiles[] = {0, 1e-9, 0.01, 0.1, 0.25, 1.0 / 3, 0.5, 0.9, 0.99, 0.999, 1};

Sketch sketch_of(const std::vector<double>& numbers) {
  Sketch sketch;
  for (const double number : numbers) sketch.add(number);
  return sketch;
}

double quantile_of(const std::vector<double>& numbers, double q) {
  const auto [min, max] = std::minmax_element(numbers.begin(), numbers.end());
  return sketch_of(numbers).quantile(q, *min, *max);
}

/// The exact value as by Prometheus, and what the sketch may be off.
struct Exact {
  Exact(const std::vector<double>& sorted, double q) {
    const double rank = q * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(rank);
    const double share = rank - std::floor(rank);
    const double lower = sorted[below];
    const double upper = sorted[std::min(below + 1, sorted.size() - 1)];
    value = share == 0 ? lower : lower * (1 - share) + upper * share;
    const double magnitude = (1 - share) * std::abs(lower) + share * std::abs(upper);
    bound = magnitude * (Sketch::kRelativeError + 1e-15);
  }
  double value;
  double bound;
};

struct Distribution {
  std::string name;
  std::function<double(std::mt19937_64&)> draw;
};

std::vector<Distribution> distributions() {
  return {
      {"uniform", std::uniform_real_distribution(0.0, 1.0)},
      {"uniform of both signs", std::uniform_real_distribution(-3.0, 1.0)},
      {"normal around 0", std::normal_distribution(0.0, 1e3)},
      {"normal far from 0", std::normal_distribution(1e9, 1.0)},
      {"latencies", std::lognormal_distribution(-3.0, 1.5)},
      {"negative latencies",
       [d = std::lognormal_distribution(0.0, 2.0)](auto& r) mutable { return -d(r); }},
      {"heavy tail", [](auto& r) { return std::pow(std::generate_canonical<double, 53>(r), -2); }},
      {"small whole numbers", [](auto& r) { return static_cast<double>(r() % 7) - 2; }},
      {"mostly 0", [](auto& r) { return r() % 10 ? 0.0 : static_cast<double>(r() % 1000); }},
      {"of every size",
       [](auto& r) {
         return std::ldexp(std::generate_canonical<double, 53>(r) - 0.5,
                           static_cast<int>(r() % 24) - 12);
       }},
  };
}

TEST_CASE("quantiles are within the bound of the exact ones, whatever the distribution") {
  std::mt19937_64 random(1);
  for (const Distribution& distribution : distributions()) {
    CAPTURE(distribution.name);
    for (const std::size_t size : {1, 2, 3, 10, 240, 20'000}) {
      std::vector<double> numbers(size);
      auto draw = distribution.draw;
      for (double& number : numbers) number = draw(random);
      std::sort(numbers.begin(), numbers.end());
      const Sketch sketch = sketch_of(numbers);
      REQUIRE(sketch.count() == size);
      for (const double q : kQuantiles) {
        CAPTURE(q);
        const Exact exact(numbers, q);
        REQUIRE(std::abs(sketch.quantile(q, numbers.front(), numbers.back()) - exact.value) <=
                exact.bound);
      }
    }
  }
}

TEST_CASE("no number is further off than 1 %, at the edges of the buckets either") {
  static_assert(Sketch::kRelativeError < 0.01);
  double worst = 0;
  for (int power = -1022; power < 1024; ++power) {
    for (int part = 0; part < 64; ++part) {
      const double edge = std::ldexp(1 + part / 64.0, power);
      for (const double number :
           {edge, std::nextafter(edge, 0.0), std::nextafter(edge, kInf), -edge}) {
        if (std::abs(number) < std::numeric_limits<double>::min()) continue;
        if (std::isinf(number)) continue;
        const double answer = sketch_of({number, number, number}).quantile(0.5, -kInf, kInf);
        worst = std::max(worst, std::abs(answer - number) / std::abs(number));
      }
    }
  }
  CHECK(worst <= Sketch::kRelativeError + 1e-15);
  CHECK(worst > Sketch::kRelativeError - 1e-6);
}

TEST_CASE("the first and the last rank, and what does not change, are exact") {
  CHECK(quantile_of({0.1, 3, 17.3}, 0) == 0.1);
  CHECK(quantile_of({0.1, 3, 17.3}, 1) == 17.3);
  for (const double q : kQuantiles) {
    for (const double number : {0.1, -17.3, 0.0, 1.7e308, 5e-324, kInf, -kInf}) {
      CHECK(quantile_of({number}, q) == number);
      CHECK(quantile_of({number, number, number, number}, q) == number);
    }
  }
}

TEST_CASE("infinities are the lowest and the highest of all") {
  const std::vector<double> numbers{-kInf, 1, 2, 3, kInf};
  CHECK(quantile_of(numbers, 0) == -kInf);
  CHECK(quantile_of(numbers, 0.2) == -kInf);
  CHECK(quantile_of(numbers, 0.5) == doctest::Approx(2).epsilon(0.01));
  CHECK(quantile_of(numbers, 0.75) == doctest::Approx(3).epsilon(0.01));
  CHECK(quantile_of(numbers, 0.76) == kInf);
  CHECK(quantile_of(numbers, 1) == kInf);
  CHECK(quantile_of({1, kInf, kInf}, 0.75) == kInf);
  CHECK(std::isnan(quantile_of({-kInf, kInf}, 0.5)));
}

TEST_CASE("numbers below the smallest normal one count as 0") {
  const double smallest = std::numeric_limits<double>::min();
  CHECK(sketch_of({smallest / 2, -smallest / 2, -0.0}) == sketch_of({0, 0, 0}));
  CHECK(sketch_of({smallest}) != sketch_of({0}));
  CHECK(quantile_of({-1, smallest / 2, 1}, 0.5) == 0);
}

TEST_CASE("the sketch of a union is the merge, in any order and grouping") {
  std::mt19937_64 random(2);
  for (const Distribution& distribution : distributions()) {
    CAPTURE(distribution.name);
    for (int round = 0; round < 20; ++round) {
      auto draw = distribution.draw;
      std::vector<double> numbers(1 + random() % 600);
      std::vector<Sketch> parts(1 + random() % 12);
      for (double& number : numbers) number = draw(random);
      for (const double number : numbers) parts[random() % parts.size()].add(number);
      while (parts.size() > 1) {
        std::shuffle(parts.begin(), parts.end(), random);
        parts[parts.size() - 2].merge(parts.back());
        parts.pop_back();
      }
      REQUIRE(parts[0] == sketch_of(numbers));
    }
  }
}

/// How many buckets there are beside that of 0.
std::size_t beside_0(const Sketch& sketch) {
  return static_cast<std::size_t>(
      std::count_if(sketch.buckets().begin(), sketch.buckets().end(),
                    [](const Sketch::Bucket& bucket) { return bucket.key != 0; }));
}

TEST_CASE("past the most buckets the numbers nearest to 0 count as 0, in any order alike") {
  std::mt19937_64 random(3);
  for (const bool zeros : {false, true}) {
    std::vector<double> numbers(zeros ? 100 : 0);
    while (numbers.size() < 9'000) {
      const double sign = random() % 3 ? 1 : -1;
      const double part = static_cast<double>(random() % 64) / 64;
      numbers.push_back(sign * std::ldexp(1 + part, static_cast<int>(random() % 200) - 100));
    }
    const Sketch whole = sketch_of(numbers);
    CHECK(beside_0(whole) == Sketch::kMostBuckets);
    CHECK(whole.count() == numbers.size());
    for (int round = 0; round < 5; ++round) {
      std::shuffle(numbers.begin(), numbers.end(), random);
      std::vector<Sketch> parts(5);
      for (std::size_t i = 0; i < numbers.size(); ++i) parts[i * i % 5].add(numbers[i]);
      Sketch merged;
      for (const Sketch& part : parts) merged.merge(part);
      REQUIRE(merged == whole);
    }
    std::sort(numbers.begin(), numbers.end());
    std::vector<double> distinct = numbers;
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    std::sort(distinct.begin(), distinct.end(),
              [](double a, double b) { return std::abs(a) > std::abs(b); });
    const double least = std::abs(distinct.at(Sketch::kMostBuckets - 1));
    int further = 0;
    for (int percent = 0; percent <= 100; ++percent) {
      const Exact exact(numbers, percent / 100.0);
      const double answer = whole.quantile(percent / 100.0, numbers.front(), numbers.back());
      const bool near_0 = std::abs(exact.value) < 2 * least;
      CHECK(std::abs(answer - exact.value) <= exact.bound + (near_0 ? least : 0));
      further += near_0 ? 0 : 1;
    }
    CHECK(further > 40);
    CHECK(further < 90);
  }
}

TEST_CASE("numbers of 64 powers of two do not collapse, of both signs those of 32") {
  Sketch sketch;
  Sketch both;
  for (int power = 0; power < 64; ++power) {
    for (int part = 0; part < 64; ++part) {
      sketch.add(std::ldexp(1 + part / 64.0, power - 30));
      both.add((power % 2 ? 1 : -1) * std::ldexp(1 + part / 64.0, power / 2 - 15));
    }
  }
  for (Sketch* full : {&sketch, &both}) {
    CHECK(full->buckets().size() == Sketch::kMostBuckets);
    full->add(0);
    CHECK(full->buckets().size() == Sketch::kMostBuckets + 1);
    full->add(1e30);
    CHECK(full->buckets().size() == Sketch::kMostBuckets + 1);
    CHECK(full->count() == Sketch::kMostBuckets + 2);
    CHECK(Sketch::from(full->buckets()) == *full);
  }
  CHECK(sketch.buckets().at(0) == Sketch::Bucket{0, 2});
}

TEST_CASE("a bucket's count stays at its highest") {
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
  Sketch sketch;
  sketch.add(1, 3'000'000'000);
  const Sketch same = sketch;
  sketch.merge(same);
  CHECK(sketch.buckets().at(0).count == kMost);
  sketch.add(1, std::numeric_limits<std::uint64_t>::max());
  CHECK(sketch.buckets().at(0).count == kMost);
  sketch.add(2, 0);
  CHECK(sketch.buckets().size() == 1);
}

TEST_CASE("an empty sketch allocates nothing, nor does a merge of two") {
  Sketch sketch;
  sketch.merge(Sketch());
  CHECK(sketch.buckets().capacity() == 0);
  CHECK(sketch.count() == 0);
}

TEST_CASE("buckets that no sketch has make none") {
  const Sketch good = sketch_of({-kInf, -2, -2, 0, 1, kInf});
  CHECK(Sketch::from(good.buckets()) == good);
  CHECK(Sketch::from({}) == Sketch());
  constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t kHighest = std::numeric_limits<std::int32_t>::max();
  const std::int32_t infinite = good.buckets().back().key;
  for (const std::int32_t key : {1, 63, -1, -63, infinite + 1, -infinite - 1, kLowest, kHighest}) {
    CAPTURE(key);
    CHECK_FALSE(Sketch::from({{key, 1}}));
  }
  CHECK(Sketch::from({{64, 1}}));
  CHECK_FALSE(Sketch::from({{64, 0}}));
  CHECK_FALSE(Sketch::from({{64, 1}, {64, 1}}));
  CHECK_FALSE(Sketch::from({{65, 1}, {64, 1}}));
  std::vector<Sketch::Bucket> many;
  for (std::int32_t key = 64; many.size() <= Sketch::kMostBuckets; ++key) many.push_back({key, 1});
  CHECK_FALSE(Sketch::from(many));
  many.pop_back();
  CHECK(Sketch::from(many));
}

}  // namespace
}  // namespace downsampled
