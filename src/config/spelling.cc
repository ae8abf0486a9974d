#include "config/spelling.h"

#include <fmt/format.h>

#include <algorithm>

namespace downsampled {
namespace {

/// Edits between the two: a character added, dropped or replaced, or two neighbors swapped (the
/// optimal string alignment distance).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > 64) return "";  // no typo is that long, and the distance is quadratic
  const std::string* nearest = nullptr;
  std::size_t least = word.size() / 3 + 1;
  for (const std::string& candidate : known) {
    if (candidate.empty()) continue;
    const std::size_t far = distance(word, candidate);
    if (far < least || (far == least && nearest == nullptr)) {
      nearest = &candidate;
      least = far;
    }
  }
  return nearest == nullptr ? "" : fmt::format(" (did you mean {:?}?)", *nearest);
}

}  // namespace downsampled
