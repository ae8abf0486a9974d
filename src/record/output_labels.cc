#include "record/output_labels.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

namespace downsampled {

const OutputLabels::Outputs& OutputLabels::of(const Pane& pane) {
  if (outputs_.labels && are_inputs(pane)) return outputs_;
  inputs_.clear();
  std::vector<LabelSet> all;
  for (const PaneSeries& series : pane.series) {
    inputs_.push_back(series.labels);
    all.push_back(output_labels(series.labels, own_));
  }
  std::vector<std::size_t> sorted(all.size());
  std::iota(sorted.begin(), sorted.end(), std::size_t{0});
  std::ranges::sort(sorted, [&](std::size_t a, std::size_t b) { return all[a] < all[b]; });
  std::vector<LabelSet> labels;
  outputs_.places.resize(all.size());
  for (const std::size_t i : sorted) {
    if (labels.empty() || labels.back() != all[i]) labels.push_back(std::move(all[i]));
    outputs_.places[i] = labels.size() - 1;
  }
  outputs_.labels = std::make_shared<const std::vector<LabelSet>>(std::move(labels));
  return outputs_;
}

bool OutputLabels::are_inputs(const Pane& pane) const {
  return std::ranges::equal(pane.series, inputs_, {}, &PaneSeries::labels);
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
