#include "aggregate/slice.h"

#include <algorithm>

namespace downsampled {
namespace {

/// Takes what is not after `end` off the front; with `all`, everything.
template <typename T, typename TimeOf>
std::span<const T> take_until(std::span<const T>& rest, Timestamp end, bool all, TimeOf time_of) {
  const auto behind = all ? rest.end()
                          : std::partition_point(rest.begin(), rest.end(),
                                                 [&](const T& one) { return time_of(one) <= end; });
  const std::span<const T> front = rest.first(static_cast<std::size_t>(behind - rest.begin()));
  rest = rest.subspan(front.size());
  return front;
}

}  // namespace

void for_each_slice(const Series& series, std::span<const Window> windows,
                    const std::function<void(std::size_t index, const Slice& slice)>& take) {
  std::span<const Sample> samples = series.samples;
  std::span<const Timestamp> histograms = series.histograms;
  for (std::size_t index = 0; index < windows.size(); ++index) {
    const bool last = index + 1 == windows.size();
    const Timestamp end = windows[index].end;
    const Slice slice{
        take_until(samples, end, last, [](const Sample& sample) { return sample.time; }),
        take_until(histograms, end, last, [](Timestamp time) { return time; })};
    if (!slice.samples.empty() || !slice.histograms.empty()) take(index, slice);
  }
}

}  // namespace downsampled
