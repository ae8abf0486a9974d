#include "publish/history.h"

#include <algorithm>
#include <set>

namespace downsampled {
namespace {

/// Doubling, as a vector would, leaves half of a long history's memory unused at worst.
void make_room(std::vector<Sample>& samples) {
  if (samples.size() < samples.capacity()) return;
  samples.reserve(samples.size() + std::max<std::size_t>(samples.size() / 4, 4));
}

bool strictly_rising(const std::vector<Sample>& samples) {
  return std::adjacent_find(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) {
           return a.time >= b.time;
         }) == samples.end();
}

/// In order of time; of several with one time, the last.
std::vector<Sample> in_order(std::vector<Sample> samples) {
  std::stable_sort(samples.begin(), samples.end(),
                   [](const Sample& a, const Sample& b) { return a.time < b.time; });
  std::vector<Sample> kept;
  for (const Sample& sample : samples) {
    if (!kept.empty() && kept.back().time == sample.time) kept.pop_back();
    kept.push_back(sample);
  }
  return kept;
}

}  // namespace

void History::add(const RecordedWindow& window) {
  if (window.samples.empty()) return;
  const Timestamp time = window.window.end;
  whole_seconds_ = whole_seconds_ && time == std::chrono::floor<std::chrono::seconds>(time);
  for (const RecordedSample& recorded : window.samples) {
    std::vector<Sample>& samples = series_[recorded.labels];
    make_room(samples);
    samples.push_back({time, recorded.value});
  }
}

void History::for_each_series(
    const std::function<void(const LabelSet&, std::span<const Sample>)>& take) const {
  std::vector<decltype(series_)::const_pointer> sorted;
  sorted.reserve(series_.size());
  for (const auto& one : series_) sorted.push_back(&one);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  for (const auto* one : sorted) {
    const auto& [labels, samples] = *one;
    if (strictly_rising(samples)) {
      take(labels, samples);
    } else {
      take(labels, in_order(samples));
    }
  }
}

std::vector<std::string> History::label_names() const {
  std::set<std::string, std::less<>> names;
  for (const auto& one : series_) {
    for (const Label& label : one.first) {
      if (!names.contains(label.name)) names.emplace(label.name);
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace downsampled
