#include "record/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <utility>

#include "base/error.h"

namespace downsampled {
namespace {

/// One output series on its way through the panes.
struct Output {
  Partial partial;
  Presence presence;           ///< in the pane that was merged last
  const Pane* pane = nullptr;  ///< that pane
};

using Outputs = std::unordered_map<LabelSet, Output, LabelSetHash>;

void merge_series(Output& output, const Pane& pane, const PaneSeries& series, const Rule& rule,
                  const LabelSet& labels) {
  if (output.pane == &pane) {
    if (output.presence.overlaps(series.presence)) {
      throw Error(
          Reason::duplicate_series,
          fmt::format("two series of `{}` have a sample at the same time for {}{}; aggregate "
                      "them in the expression, or leave the labels that tell them apart",
                      rule.expr, rule.record, to_string(labels)));
    }
    output.presence.merge(series.presence);
  } else {
    output.presence = series.presence;
    output.pane = &pane;
  }
  output.partial.merge(series.partial);
}

Outputs merge_panes(const Rule& rule, std::span<const std::shared_ptr<const Pane>> panes) {
  Outputs outputs;
  for (const auto& pane : panes) {
    for (const PaneSeries& series : pane->series) {
      LabelSet labels = output_labels(series.labels, rule.labels);
      Output& output = outputs.try_emplace(labels).first->second;
      merge_series(output, *pane, series, rule, labels);
    }
  }
  return outputs;
}

/// Under `zero` a histogram must not count as 0, so its series is left out.
bool is_recorded(const Partial& partial, const Rule& rule) {
  return partial.count > 0 && !(partial.histogram && rule.absent == Absent::zero);
}

}  // namespace

RecordedWindow record(const Group& group, const Rule& rule, Window window,
                      std::span<const std::shared_ptr<const Pane>> panes) {
  Coverage coverage;
  for (const auto& pane : panes) coverage.merge(pane->coverage);
  RecordedWindow recorded{
      .window = window, .points = coverage.points, .covered = coverage.covered, .samples = {}};
  for (const auto& [labels, output] : merge_panes(rule, panes)) {
    if (!is_recorded(output.partial, rule)) continue;
    recorded.samples.push_back(
        {labels, reduce(output.partial, coverage, rule.aggregate, rule.absent, group.step)});
  }
  if (group.limit > 0 && recorded.samples.size() > group.limit) {
    throw Error(Reason::limit_exceeded,
                fmt::format("{} series, and the group's limit is {}; nothing of this rule was "
                            "recorded",
                            recorded.samples.size(), group.limit));
  }
  std::sort(recorded.samples.begin(), recorded.samples.end(),
            [](const RecordedSample& a, const RecordedSample& b) { return a.labels < b.labels; });
  return recorded;
}

LabelSet output_labels(const LabelSet& input, const RuleLabels& labels) {
  std::vector<Label> output;
  for (const Label& label : input) {
    const bool overridden = std::any_of(labels.begin(), labels.end(),
                                        [&](const auto& own) { return own.first == label.name; });
    if (label.name != kMetricName && !overridden) output.push_back(label);
  }
  for (const auto& [name, value] : labels) output.push_back({name, value});
  return LabelSet(std::move(output));
}

}  // namespace downsampled
