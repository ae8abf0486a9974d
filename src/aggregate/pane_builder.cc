#include "aggregate/pane_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "aggregate/grid_cursor.h"
#include "base/error.h"

namespace downsampled {
namespace {

[[noreturn]] void twice(const LabelSet& labels, Timestamp time) {
  throw Error(
      Reason::duplicate_series,
      fmt::format("the reply has two series {}, of which one has a sample at {} ms, and the "
                  "other does not end before",
                  to_string(labels), time.time_since_epoch().count()));
}

}  // namespace

void PaneBuilder::add(const LabelSet& labels, const Slice& slice) {
  Entry& entry = entries_[labels];
  Partial partial = std::move(entry.partial);  // of our own: the loop may keep it in registers
  GridCursor cursor(grid_);
  for (const Sample& sample : slice.samples) {
    const std::int64_t index = cursor.index_of(sample.time);
    if (std::isnan(sample.value) || !mask_.covers(index)) continue;
    if (index <= entry.presence.last()) twice(labels, sample.time);
    partial.add(sample, fields_);
    entry.presence.add(index);
  }
  GridCursor histograms(grid_);
  for (const Timestamp time : slice.histograms) {
    if (mask_.covers(histograms.index_of(time))) partial.histogram = true;
  }
  entry.partial = std::move(partial);
  samples_ += slice.samples.size();
  histograms_ += slice.histograms.size();
}

void PaneBuilder::reset() {
  entries_.clear();
  samples_ = 0;
  histograms_ = 0;
}

Pane PaneBuilder::finish() {
  Pane pane{.window = window_,
            .fields = fields_,
            .coverage = mask_.coverage(),
            .samples = samples_,
            .histograms = histograms_,
            .series = {}};
  pane.series.reserve(entries_.size());
  while (!entries_.empty()) {
    auto node = entries_.extract(entries_.begin());
    Entry& entry = node.mapped();
    if (entry.partial.count == 0 && !entry.partial.histogram) continue;
    pane.series.push_back(
        {std::move(node.key()), std::move(entry.partial), std::move(entry.presence)});
  }
  std::sort(pane.series.begin(), pane.series.end(), [](const auto& a, const auto& b) {
    return LabelSet::packed_order(a.labels, b.labels);
  });
  return pane;
}

}  // namespace downsampled
