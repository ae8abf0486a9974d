#include "config/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace downsampled {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name(std::string_view name, bool colons) {
  const auto fits = [&](char c) { return is_letter(c) || is_digit(c) || (colons && c == ':'); };
  return !name.empty() && !is_digit(name.front()) && std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

std::optional<std::string> metric_name_problem(std::string_view name) {
  if (!is_name(name, true)) {
    return "is not a metric name; want letters, digits, _ and :, and no digit first";
  }
  for (const std::string_view reserved : {"downsampled_", "process_", "scrape_"}) {
    if (name.starts_with(reserved)) {
      return fmt::format("starts with {}, which the daemon's own metrics do; want another name",
                         reserved);
    }
  }
  return std::nullopt;
}

std::optional<std::string> label_name_problem(std::string_view name) {
  if (name == "__name__") return "cannot be set by labels; want the name in record";
  if (is_name(name, false)) return std::nullopt;
  return "is not a label name; want letters, digits and _, and no digit first";
}

}  // namespace downsampled
