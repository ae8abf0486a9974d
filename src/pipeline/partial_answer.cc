#include "pipeline/partial_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "query/one_line.h"

namespace downsampled {
namespace {

bool is_about_expression(const std::string& warning) {
  return warning.starts_with("PromQL warning") || warning.starts_with("PromQL info");
}

/// That the stores do not reach back so far; for younger times they may be away.
bool is_before_all_stores(const ReplySummary& summary, Duration age) {
  constexpr Duration kDay = std::chrono::hours(24);
  return age > kDay && summary.series == 0 && !summary.partial &&
         std::ranges::all_of(summary.warnings, [](const std::string& warning) {
           return warning == "No StoreAPIs matched for this query";
         });
}

}  // namespace

std::optional<Error> partial_answer(const ReplySummary& summary, Duration age) {
  if (is_before_all_stores(summary, age)) return std::nullopt;
  const auto warning = std::ranges::find_if_not(summary.warnings, is_about_expression);
  const bool warned = warning != summary.warnings.end();
  if (!summary.partial && !warned) return std::nullopt;
  return Error(Reason::partial_answer,
               fmt::format("the answer may lack some data: {} (allow_partial: true in the source's "
                           "entry of --config.file would record it)",
                           warned ? one_line(*warning) : "the source marks it as partial"));
}

}  // namespace downsampled
