#include "pipeline/evaluate.h"

#include <memory>
#include <span>
#include <utility>

#include "pipeline/fill.h"
#include "record/record.h"

namespace downsampled {
namespace {

/// Asks for the newest pane, where that is missing; those that are left are filled in beside the
/// slots, as other groups wait for the source meanwhile.
PaneNumbers compute_newest(const Rule& rule, PaneRange window, PaneNumbers missing,
                           PanesInHand& in_hand, const Deadline& deadline) {
  if (missing.empty() || missing.back() != window.behind - 1) return missing;
  in_hand.compute(rule, std::span(missing).last(1), deadline);
  missing.pop_back();
  return missing;
}

}  // namespace

Evaluation evaluate(const Group& group, const Rule& rule, Timestamp slot, RollingWindow& rolling,
                    PanesInHand& in_hand, const Stages& stages, const Deadline& deadline) {
  if (auto known = stages.journal.find_window(rule_key(group, rule), slot)) {
    return {.recorded = *std::move(known), .known = true};
  }
  const Window window = window_ending(slot, rule.window);
  const PaneRange panes = panes_of(pane_key(group, rule), window);
  const PaneRange unknown = panes_behind(panes, rolling.complete());
  const PaneNumbers missing =
      compute_newest(rule, panes, in_hand.missing(rule, unknown), in_hand, deadline);
  const auto lacking = static_cast<std::int64_t>(missing.size());
  const std::vector<PaneRange> runs = runs_without(panes, missing);
  if (runs.empty() || (lacking > 0 && !rule.partial)) return {.missing = lacking};
  const RollingWindow::Leaf leaf = leaf_of(group, rule, in_hand, deadline);
  const BlockPtr merged = rolling.merged(panes, runs, leaf);
  const auto newest =
      in_hand.find(pane_key(group, rule), panes.behind - 1, fields_of(rule.aggregate));
  return {.recorded = record(group, rule, window, *merged),
          .missing = lacking,
          .samples = newest ? newest->samples : 0,
          .histograms = newest ? newest->histograms : 0};
}

RollingWindow::Leaf leaf_of(const Group& group, const Rule& rule, PanesInHand& in_hand,
                            const Deadline& deadline) {
  const auto outputs = std::make_shared<OutputLabels>(rule.labels);
  return [&, outputs, key = pane_key(group, rule)](std::int64_t number) -> std::optional<Block> {
    // Of a long window there may be thousands to read.
    if (is_long(group, rule) && deadline.stop.stop_requested())
      throw Error(Reason::canceled, "stopped");
    const auto pane = in_hand.find(key, number, fields_of(rule.aggregate));
    return pane ? std::optional(output_block(rule, *pane, *outputs)) : std::nullopt;
  };
}

}  // namespace downsampled
