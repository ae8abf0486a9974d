// The recorded windows of one family (one `record`), turned around into series: for the documents
// of write_history.h. Holds its samples in memory, 16 bytes each and up to a quarter more while it
// grows, beside each series' label set once. Owned by who fills it; not thread-safe.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/label_set.h"
#include "model/series.h"
#include "model/snapshot.h"

namespace downsampled {

class History {
 public:
  /// Windows come in any order, in that of their ends fastest. A sample's time is its window's end;
  /// of two samples with one label set and one time the one added last counts.
  void add(const RecordedWindow& window);

  /// Hands on the series, sorted by label set, without `__name__`; of each the samples with times
  /// strictly rising. They live during the call.
  void for_each_series(
      const std::function<void(const LabelSet&, std::span<const Sample>)>& take) const;

  /// The names that occur in the label sets, sorted.
  std::vector<std::string> label_names() const;

  /// Whether every time is a whole second.
  bool whole_seconds() const noexcept { return whole_seconds_; }

 private:
  std::unordered_map<LabelSet, std::vector<Sample>, LabelSetHash> series_;  // samples as added
  bool whole_seconds_ = true;
};

}  // namespace downsampled
