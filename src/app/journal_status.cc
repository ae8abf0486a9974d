#include "app/journal_status.h"

#include <fmt/format.h>

#include <iterator>
#include <optional>
#include <vector>

#include "base/duration.h"
#include "journal/inspect.h"

namespace downsampled {
namespace {

// Of a rule, at most: a journal that was off and on for weeks has many.
constexpr std::size_t kMostGaps = 10;

std::string time_text(const std::optional<Timestamp>& time) {
  return time ? format_timestamp(*time) : "-";
}

std::string coverage_text(const RuleRows& rule) {
  const double share = rule.points == 0 ? 0
                                        : 100.0 * static_cast<double>(rule.covered) /
                                              static_cast<double>(rule.points);
  std::string text = fmt::format("{:.1f}% of the points", share);
  if (rule.uncovered > 0) text += fmt::format("; {} windows have none", rule.uncovered);
  return text;
}

std::string gaps_text(const std::vector<Gap>& gaps) {
  if (gaps.empty()) return "none";
  std::int64_t windows = 0;
  for (const Gap& gap : gaps) windows += gap.windows;
  return fmt::format("{}, {} windows missing", gaps.size(), windows);
}

void append_rule(std::string& text, const RuleRows& rule) {
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "  {}{} ({} over {})\n", rule.record, rule.labels == "{}" ? "" : rule.labels,
                 rule.aggregate, format_duration(rule.window));
  fmt::format_to(out, "    windows   {}", rule.windows);
  if (rule.windows == 0) {
    text += '\n';
    return;
  }
  fmt::format_to(out, ", from {} to {}\n", time_text(rule.first), time_text(rule.last));
  fmt::format_to(out, "    covered   {}\n", coverage_text(rule));
  fmt::format_to(out, "    gaps      {}\n", gaps_text(rule.gaps));
  for (std::size_t index = 0; index < rule.gaps.size(); ++index) {
    if (index == kMostGaps) {
      fmt::format_to(out, "      and {} more\n", rule.gaps.size() - index);
      break;
    }
    const Gap& gap = rule.gaps[index];
    fmt::format_to(out, "      {} to {}: {} windows\n", format_timestamp(gap.first),
                   format_timestamp(gap.last), gap.windows);
  }
}

}  // namespace

std::string format_size(std::uintmax_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto size = static_cast<double>(bytes) / 1024;
  std::string_view unit = "KiB";
  for (const std::string_view next : {"MiB", "GiB", "TiB"}) {
    if (size < 1024) break;
    size /= 1024;
    unit = next;
  }
  return fmt::format("{:.1f} {}", size, unit);
}

std::string status_text(Store& store) {
  const RowCounts counts = store.counts();
  std::string text =
      fmt::format("journal   {}\nsize      {}\nwindows   {}\npanes     {}\noldest    {}\n",
                  store.database().file(), format_size(store.size()), counts.windows, counts.panes,
                  time_text(counts.oldest_window));
  std::string group;
  for (const RuleRows& rule : rules_of(store)) {
    if (rule.rule_group != group) {
      group = rule.rule_group;
      text += fmt::format("\nrule group {}\n", group);
    }
    append_rule(text, rule);
  }
  const std::vector<SinkRow> sinks = sinks_of(store);
  text += sinks.empty() ? "\nsinks: none\n" : "\nsinks\n";
  for (const SinkRow& sink : sinks) {
    text += fmt::format("  {}: {} windows behind (at number {})\n", sink.name, sink.behind,
                        sink.position);
  }
  return text;
}

}  // namespace downsampled
