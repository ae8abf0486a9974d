#include "publish/negotiate.h"

#include <algorithm>
#include <optional>

#include "base/lower_case.h"

namespace downsampled {
namespace {

constexpr std::size_t kHeaderLimit = 4096;

/// Weights in thousandths: RFC 9110 gives them three digits.
constexpr int kFullWeight = 1000;

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Cuts off and returns what stands before the separator, trimmed.
std::string_view take_until(std::string_view& text, char separator) noexcept {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trimmed(part);
}

bool same(std::string_view text, std::string_view in_lower_case) noexcept {
  return std::equal(text.begin(), text.end(), in_lower_case.begin(), in_lower_case.end(),
                    [](char a, char b) { return lower_case(a) == b; });
}

/// `1`, `0.5`, `0.125`; empty for anything else.
std::optional<int> parse_weight(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int weight = text[0] == '1' ? kFullWeight : 0;
  int place = kFullWeight / 10;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return std::nullopt;
    weight += (c - '0') * place;
    place /= 10;
  }
  return weight <= kFullWeight ? std::optional(weight) : std::nullopt;
}

/// One element of the list: `name;version=…;q=…`.
struct Choice {
  std::string_view name;
  std::string_view version;
  int weight = kFullWeight;  ///< 0: refused
};

Choice take_choice(std::string_view& list) noexcept {
  std::string_view element = take_until(list, ',');
  Choice choice{take_until(element, ';'), {}, kFullWeight};
  while (!element.empty()) {
    std::string_view parameter = take_until(element, ';');
    const std::string_view key = take_until(parameter, '=');
    std::string_view value = trimmed(parameter);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    if (same(key, "version")) choice.version = value;
    if (same(key, "q")) choice.weight = parse_weight(value).value_or(0);
  }
  return choice;
}

std::optional<ExpositionFormat> format_of(const Choice& choice) noexcept {
  const auto version_is = [&choice](std::string_view version) {
    return choice.version.empty() || choice.version == version;
  };
  if (same(choice.name, "application/openmetrics-text") && version_is("1.0.0")) {
    return ExpositionFormat::openmetrics;
  }
  const bool any = same(choice.name, "*/*") || same(choice.name, "text/*");
  if (any || (same(choice.name, "text/plain") && version_is("0.0.4"))) {
    return ExpositionFormat::text;
  }
  return std::nullopt;
}

}  // namespace

ExpositionFormat negotiate_format(std::string_view accept) noexcept {
  accept = accept.substr(0, kHeaderLimit);
  ExpositionFormat best = ExpositionFormat::text;
  int best_weight = 0;
  while (!accept.empty()) {
    const Choice choice = take_choice(accept);
    const std::optional<ExpositionFormat> format = format_of(choice);
    if (!format || choice.weight <= best_weight) continue;
    best = *format;
    best_weight = choice.weight;
  }
  return best;
}

Encoding negotiate_encoding(std::string_view accept_encoding) noexcept {
  accept_encoding = accept_encoding.substr(0, kHeaderLimit);
  std::optional<int> gzip;
  std::optional<int> any;
  int identity = 0;
  while (!accept_encoding.empty()) {
    const Choice choice = take_choice(accept_encoding);
    if (same(choice.name, "gzip") || same(choice.name, "x-gzip")) gzip = choice.weight;
    if (same(choice.name, "*")) any = choice.weight;
    if (same(choice.name, "identity")) identity = choice.weight;
  }
  const int weight = gzip.value_or(any.value_or(0));
  return weight > 0 && weight >= identity ? Encoding::gzip : Encoding::identity;
}

}  // namespace downsampled
