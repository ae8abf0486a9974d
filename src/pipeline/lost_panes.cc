#include "pipeline/lost_panes.h"

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "base/duration.h"
#include "base/log.h"
#include "pipeline/attempt.h"
#include "pipeline/fetch.h"

namespace downsampled {
namespace {

Entries::NewPane lost_pane(const PaneKey& key, std::int64_t number) {
  const Window window = pane_window(key, number);
  const Coverage coverage{.points = grid_of(window, key.step).count};
  return {key, std::make_shared<const Pane>(Pane{
                   .window = window, .fields = kAllFields, .coverage = coverage, .series = {}})};
}

/// A pane nearby that the source was seen to answer for.
std::optional<std::int64_t> answered_near(const PaneKey& key, std::int64_t pane, Journal& journal) {
  std::vector<std::int64_t> known;
  for (const Timestamp end : journal.pane_ends(key, Timestamp::min(), Timestamp::max(), {})) {
    known.push_back(pane_number(key, end));
  }
  std::ranges::sort(known, {}, [pane](std::int64_t one) { return std::abs(one - pane); });
  // In growing steps, as it may lie behind thousands that are lost.
  for (std::size_t index = 0; index < known.size(); index += index / 2 + 1) {
    const auto found = journal.find_pane(key, pane_window(key, known[index]).end, {});
    if (found && (found->coverage.covered > 0 || found->samples > 0)) return known[index];
  }
  return std::nullopt;
}

/// What the source says to the points of a pane now, whether it is known or not.
std::optional<Error> ask(const PaneKey& key, std::int64_t pane, const Stages& stages,
                         const Deadline& deadline) {
  const SeriesTaker nobody{[](const Series&) {}, [] {}};
  return attempt([&] {
    fetch(key.expr, grid_of(pane_window(key, pane), key.step), nobody, stages, deadline);
  });
}

}  // namespace

bool is_about_samples(const Error& error) {
  return error.reason() == Reason::query_error || error.reason() == Reason::duplicate_series;
}

std::size_t lose_older(const Group& group, const Rule& rule, const PaneNumbers& missing,
                       Timestamp time, const Stages& stages) {
  constexpr std::size_t kPart = 1000;  // others wait for the journal
  const PaneKey key = pane_key(group, rule);
  const auto end = std::ranges::partition_point(
      missing, [&](std::int64_t pane) { return pane_window(key, pane).start < time; });
  Entries part;
  for (auto pane = missing.begin(); pane != end; ++pane) {
    part.panes.push_back(lost_pane(key, *pane));
    if (part.panes.size() < kPart && pane + 1 != end) continue;
    stages.journal.add(part);
    part.panes.clear();
  }
  return static_cast<std::size_t>(end - missing.begin());
}

bool lose_refused(const Group& group, const Rule& rule, std::int64_t pane, const Stages& stages,
                  const Deadline& deadline) {
  const PaneKey key = pane_key(group, rule);
  const auto claim = stages.asked.claim(key, std::span(&pane, 1), deadline, stages.clock);
  const Fields fields = fields_of(rule.aggregate);
  if (stages.journal.find_pane(key, pane_window(key, pane).end, fields)) return true;
  const auto answered = answered_near(key, pane, stages.journal);
  if (!answered || ask(key, *answered, stages, deadline)) return false;
  const std::optional<Error> error = ask(key, pane, stages, deadline);
  if (!error || !is_about_samples(*error)) return false;
  const Window window = pane_window(key, pane);
  log::error("pane lost: the source refuses it for good; windows over it do without",
             {{"rule_group", group.id()},
              {"rule", rule.record},
              {"from", format_timestamp(window.start)},
              {"to", format_timestamp(window.end)},
              {"reason", to_string(error->reason())},
              {"error", error->message()}});
  stages.journal.add({.panes = {lost_pane(key, pane)}, .windows = {}});
  return true;
}

}  // namespace downsampled
