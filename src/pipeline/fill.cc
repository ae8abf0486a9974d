#include "pipeline/fill.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/duration.h"
#include "base/log.h"
#include "pipeline/attempt.h"
#include "pipeline/evaluate_missing.h"
#include "pipeline/lost_panes.h"
#include "query/failure.h"

namespace downsampled {
namespace {

/// At most `most` of the newest, as far as they follow each other.
std::span<const std::int64_t> newest_run(const PaneNumbers& panes, std::size_t most) {
  std::size_t first = panes.size() - 1;
  while (first > 0 && panes.size() - first < most && panes[first - 1] == panes[first] - 1) --first;
  return std::span(panes).subspan(first);
}

void warn_of_retention(const Group& group, const Rule& rule, Duration retention,
                       const Stages& stages) {
  if (!stages.remarks.is_new(fmt::format("{}: {}", group.id(), rule.record))) return;
  log::warn(
      "a window reaches further back than the source keeps samples; what is older counts as not "
      "covered",
      {{"rule_group", group.id()},
       {"rule", rule.record},
       {"window", format_duration(rule.window)},
       {"retention", format_duration(retention)}});
}

}  // namespace

bool ails_source(const Error& error) {
  return concerns_all(error.reason()) || may_pass(error.reason()) ||
         error.reason() == Reason::malformed_reply;
}

bool is_long(const Group& group, const Rule& rule) { return rule.window > group.interval; }

Filled fill_newest(const Group& group, const Rule& rule, PaneRange panes, const Part& wanted,
                   const Stages& stages, const Deadline& deadline) {
  PanesInHand in_hand(group, stages);
  PaneNumbers missing = in_hand.missing(rule, panes);
  Filled filled{.left = missing.size()};
  if (const auto retention = stages.retention.get(deadline.stop)) {
    filled.lost = lose_older(group, rule, missing, stages.clock.now() - *retention, stages);
    filled.left -= filled.lost;
    filled.too_old = filled.lost > 0;
    if (filled.too_old) {
      warn_of_retention(group, rule, *retention, stages);
      return filled;
    }
  }
  std::erase_if(missing, [&](std::int64_t pane) { return wanted.without.contains(pane); });
  if (missing.empty()) return filled;
  for (std::size_t most = wanted.most;; most = std::max<std::size_t>(1, most / 4)) {
    const auto part = newest_run(missing, most);
    filled.error = attempt([&] { in_hand.compute(rule, part, deadline); });
    if (!filled.error) break;
    if (ails_source(*filled.error)) return filled;
    if (part.size() > 1) continue;
    filled.refused = part.front();
    return filled;
  }
  const Entries entries{.panes = in_hand.take_computed(), .windows = {}};
  filled.computed = entries.panes.size();
  filled.left -= filled.computed;
  for (const auto& [key, pane] : entries.panes) {
    filled.series = std::max(filled.series, std::optional(pane->series.size()));
  }
  if (!entries.empty()) stages.journal.add(entries);
  return filled;
}

void fill(const Group& group, const Rule& rule, PaneRange panes, const Stages& stages,
          Duration patience, const std::stop_token& stop, const OnFilled& on_filled) {
  std::optional<std::size_t> series;
  Part part{.most = 1};
  for (bool more = true; more; part.most *= 2) {
    const Deadline deadline{stages.clock.steady_now() + patience, stop};
    part.most = std::min(part.most, batch_of(group, stages.sizes.bounds().max_points, series));
    Filled filled = fill_newest(group, rule, panes, part, stages, deadline);
    if (filled.error) {
      const bool lost =
          filled.refused && lose_refused(group, rule, *filled.refused, stages, deadline);
      if (!lost) throw *filled.error;
      filled.count_lost();
    }
    on_filled(filled);
    series = std::max(series, filled.series);
    more = filled.left > 0;
  }
}

}  // namespace downsampled
