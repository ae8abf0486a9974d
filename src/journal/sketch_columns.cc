#include "journal/sketch_columns.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "journal/frame.h"

namespace downsampled {
namespace {

/// Below every key that a sketch may have, so that none is negative here.
constexpr std::int64_t kBelowKeys = -(std::int64_t{1} << 17);

std::uint64_t distance(std::int64_t from, std::int64_t to) {
  return static_cast<std::uint64_t>(to - from);
}

/// `from` and a distance that may be any number; past what a key takes it is the highest of those,
/// which no sketch has.
std::int32_t key_at(std::int64_t from, std::uint64_t distance) {
  constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
  if (distance > std::uint64_t{kMost}) return kMost;
  return static_cast<std::int32_t>(
      std::min<std::int64_t>(kMost, from + static_cast<std::int64_t>(distance)));
}

std::uint32_t count_of(std::uint64_t more_than_one) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (more_than_one >= kMost) damaged("it counts more in a bucket than that takes");
  return static_cast<std::uint32_t>(more_than_one + 1);
}

}  // namespace

void write_sketches(ColumnWriter& writer, const Pane& pane) {
  Column sizes;
  Column first_keys;  // apart from the distances, which are smaller
  Column distances;
  Column counts;
  for (const PaneSeries& series : pane.series) {
    const std::vector<Sketch::Bucket>& buckets = series.partial.sketch.buckets();
    sizes.push_back(buckets.size());
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      if (i == 0) {
        first_keys.push_back(distance(kBelowKeys, buckets[i].key));
      } else {
        distances.push_back(distance(buckets[i - 1].key, buckets[i].key) - 1);
      }
      counts.push_back(buckets[i].count - 1);
    }
  }
  for (const Column* column : {&sizes, &first_keys, &distances, &counts}) writer.column(*column);
}

void read_sketches(ColumnReader& reader, Pane& pane) {
  const Column sizes = reader.column(pane.series.size());
  std::uint64_t all = 0;
  std::uint64_t sketches = 0;
  for (const std::uint64_t size : sizes) {
    if (size > Sketch::kMostBuckets + 1) damaged("it has a sketch of too many buckets");
    all += size;
    sketches += size > 0 ? 1 : 0;
  }
  const Column first_keys = reader.column(sketches);
  const Column distances = reader.column(all - sketches);
  const Column counts = reader.column(all);
  auto first_key = first_keys.begin();
  auto next = distances.begin();
  auto count = counts.begin();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    std::vector<Sketch::Bucket> buckets;
    buckets.reserve(sizes[i]);
    for (std::uint64_t k = 0; k < sizes[i]; ++k) {
      const std::int32_t key = k == 0 ? key_at(kBelowKeys, *first_key++)
                                      : key_at(std::int64_t{buckets.back().key} + 1, *next++);
      buckets.push_back({key, count_of(*count++)});
    }
    std::optional<Sketch> sketch = Sketch::from(std::move(buckets));
    if (!sketch) damaged("it has a sketch that cannot be");
    pane.series[i].partial.sketch = std::move(*sketch);
  }
}

}  // namespace downsampled
