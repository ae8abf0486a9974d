#include "record/record.h"

#include <fmt/format.h>

#include <cstddef>
#include <vector>

#include "base/error.h"

namespace downsampled {
namespace {

/// What the input series of one output label set come to.
struct Output {
  std::size_t series = 0;
  Partial partial;
  Presence presence;
};

Error duplicate_series(const Rule& rule, const LabelSet& labels) {
  return Error(Reason::duplicate_series,
               fmt::format("two series of `{}` have a sample at the same time for {}{}; aggregate "
                           "them in the expression, or leave the labels that tell them apart",
                           rule.expr, rule.record, to_string(labels)));
}

/// Under `zero` a histogram must not count as 0, so its series is left out.
bool is_recorded(const Partial& partial, const Rule& rule) {
  return partial.count > 0 && !(partial.histogram && rule.absent == Absent::zero);
}

}  // namespace

Block output_block(const Rule& rule, const Pane& pane, OutputLabels& outputs) {
  const auto& [labels, places] = outputs.of(pane);
  Block block(fields_of(rule.aggregate));
  block.coverage = pane.coverage;
  block.labels = labels;
  std::vector<Output> merged(labels->size());
  for (std::size_t i = 0; i < pane.series.size(); ++i) {
    const PaneSeries& series = pane.series[i];
    Output& output = merged[places[i]];
    if (output.series++ > 0 && output.presence.overlaps(series.presence)) {
      block.duplicate = duplicate_series(rule, (*labels)[places[i]]);
    }
    output.presence.merge(series.presence);
    output.partial.merge(series.partial);
  }
  block.partials.reserve(merged.size());
  for (const Output& output : merged) block.partials.push_back(output.partial);
  return block;
}

RecordedWindow record(const Group& group, const Rule& rule, Window window, const Block& merged) {
  if (merged.duplicate) throw *merged.duplicate;
  RecordedWindow recorded{.window = window,
                          .points = grid_of(window, group.step).count,
                          .covered = merged.coverage.covered,
                          .samples = {}};
  for (std::size_t i = 0; i < merged.labels->size(); ++i) {
    const Partial partial = merged.partials.at(i);
    if (!is_recorded(partial, rule)) continue;
    recorded.samples.push_back(
        {(*merged.labels)[i],
         reduce(partial, merged.coverage, rule.aggregate, rule.absent, group.step)});
  }
  if (group.limit > 0 && recorded.samples.size() > group.limit) {
    throw Error(Reason::limit_exceeded,
                fmt::format("{} series, and the group's limit is {}; nothing of this rule was "
                            "recorded",
                            recorded.samples.size(), group.limit));
  }
  return recorded;
}

}  // namespace downsampled
