#include "config/aggregate_reader.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <string_view>
#include <system_error>

namespace downsampled {
namespace {

// Without the quantiles, which are any number.
constexpr std::array<Aggregate, 9> kAggregates = {
    Aggregate::avg,  Aggregate::min,    Aggregate::max,    Aggregate::sum,     Aggregate::count,
    Aggregate::last, Aggregate::stddev, Aggregate::stdvar, Aggregate::integral};
constexpr std::string_view kQuantile = "quantile(";

/// Of `quantile(q)`.
std::optional<Aggregate> quantile_of(std::string_view text) {
  if (!text.starts_with(kQuantile) || !text.ends_with(')')) return std::nullopt;
  text.remove_prefix(kQuantile.size());
  text.remove_suffix(1);
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  double q = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), q);
  const bool number = error == std::errc() && end == text.data() + text.size();
  if (!number || !(q >= 0 && q <= 1)) return std::nullopt;
  return Aggregate(Aggregate::quantile, q + 0.0);  // -0 is 0
}

std::string names() {
  std::string names;
  for (const Aggregate aggregate : kAggregates) names += to_string(aggregate) + ", ";
  return names;
}

}  // namespace

std::optional<Aggregate> take_aggregate(Mapping& mapping, Problems& problems) {
  const std::size_t line = mapping.line_of_key("aggregate");
  const auto text = mapping.take_text("aggregate");
  if (!text) return std::nullopt;
  for (const Aggregate aggregate : kAggregates) {
    if (*text == to_string(aggregate)) return aggregate;
  }
  if (const auto quantile = quantile_of(*text)) return quantile;
  const std::string others = text->starts_with("quantile") ? "" : "one of " + names();
  problems.add(line,
               fmt::format("aggregate is {:?}; want {}quantile(q) with a q from 0 to 1, as in "
                           "quantile(0.99)",
                           *text, others));
  return std::nullopt;
}

std::string in_words(Aggregate aggregate) {
  switch (aggregate.kind) {
    case Aggregate::avg:
      return "Average over";
    case Aggregate::min:
      return "Minimum over";
    case Aggregate::max:
      return "Maximum over";
    case Aggregate::sum:
      return "Sum of the samples over";
    case Aggregate::count:
      return "Number of samples over";
    case Aggregate::last:
      return "Last value within";
    case Aggregate::stddev:
      return "Standard deviation over";
    case Aggregate::stdvar:
      return "Variance over";
    case Aggregate::integral:
      return "Integral (value times seconds) over";
    case Aggregate::quantile:
      return fmt::format("Quantile {} over", aggregate.q);
  }
  return "Value over";
}

}  // namespace downsampled
