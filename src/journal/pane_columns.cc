#include "journal/pane_columns.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "journal/row_header.h"

namespace downsampled {
namespace {

void set_flags(Partial& partial, std::uint64_t flags) {
  partial.histogram = (flags & kHistogramFlag) != 0;
  partial.sum = CompensatedSum({.high = 0, .low = 0, .scaled = (flags & kSumScaledFlag) != 0});
  partial.squares =
      CompensatedSum({.high = 0, .low = 0, .scaled = (flags & kSquaresScaledFlag) != 0});
}

void set_high(CompensatedSum& sum, std::uint64_t high) {
  CompensatedSum::Parts parts = sum.parts();
  parts.high = real(high);
  sum = CompensatedSum(parts);
}

void set_low(CompensatedSum& sum, std::uint64_t low) {
  CompensatedSum::Parts parts = sum.parts();
  parts.low = real(low);
  sum = CompensatedSum(parts);
}

/// A value that the series had: what has not been set yet, or is not held, is 0.
std::uint64_t some_value(const Partial& partial) {
  const std::uint64_t first = bits(partial.origin);
  return first != 0 ? first : bits(partial.last.value);
}

/// The sum of a series that does not change. 0 for none, as a NaN has other bits elsewhere.
std::uint64_t steady_sum(const Partial& partial) {
  const std::uint64_t value = some_value(partial);
  const double sum = static_cast<double>(partial.count) * (value != 0 ? real(value) : partial.min);
  return std::isfinite(sum) ? bits(sum) : 0;
}

constexpr Fields kAlways{};
constexpr Fields kSum{.sum = true};
constexpr Fields kExtremes{.extremes = true};
constexpr Fields kLast{.last = true};
constexpr Fields kSquares{.squares = true};

constexpr PaneColumn kColumns[] = {
    {kAlways, [](const Partial& p) { return std::uint64_t{flags_of(p)}; }, set_flags},
    {kAlways, [](const Partial& p) { return p.count; },
     [](Partial& p, std::uint64_t x) { p.count = x; }},
    {kSquares, [](const Partial& p) { return bits(p.origin); },
     [](Partial& p, std::uint64_t x) { p.origin = real(x); }},
    {kLast, [](const Partial& p) { return bits(p.last.time); },
     [](Partial& p, std::uint64_t x) { p.last.time = timestamp(x); }},
    {kLast, [](const Partial& p) { return bits(p.last.value) ^ bits(p.origin); },
     [](Partial& p, std::uint64_t x) { p.last.value = real(x ^ bits(p.origin)); }},
    {kExtremes, [](const Partial& p) { return bits(p.min) ^ some_value(p); },
     [](Partial& p, std::uint64_t x) { p.min = real(x ^ some_value(p)); }},
    {kExtremes, [](const Partial& p) { return bits(p.max) ^ bits(p.min); },
     [](Partial& p, std::uint64_t x) { p.max = real(x ^ bits(p.min)); }},
    {kSum, [](const Partial& p) { return bits(p.sum.parts().high) ^ steady_sum(p); },
     [](Partial& p, std::uint64_t x) { set_high(p.sum, x ^ steady_sum(p)); }},
    {kSum, [](const Partial& p) { return bits(p.sum.parts().low); },
     [](Partial& p, std::uint64_t x) { set_low(p.sum, x); }},
    {kSquares, [](const Partial& p) { return bits(p.squares.parts().high); },
     [](Partial& p, std::uint64_t x) { set_high(p.squares, x); }},
    {kSquares, [](const Partial& p) { return bits(p.squares.parts().low); },
     [](Partial& p, std::uint64_t x) { set_low(p.squares, x); }},
};

}  // namespace

std::vector<PaneColumn> pane_columns(Fields fields) {
  std::vector<PaneColumn> columns;
  std::copy_if(std::begin(kColumns), std::end(kColumns), std::back_inserter(columns),
               [&](const PaneColumn& column) { return fields.include(column.needed_for); });
  return columns;
}

}  // namespace downsampled
