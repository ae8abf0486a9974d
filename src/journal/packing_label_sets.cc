#define XXH_STATIC_LINKING_ONLY  // for the size of the state
#include <xxhash.h>

#include <cstdint>

#include "journal/columns.h"
#include "journal/frame.h"
#include "journal/label_set_edits.h"
#include "journal/owner.h"
#include "journal/packing.h"

namespace downsampled {
LabelSetRefs label_sets_of(const RecordedWindow& window) {
  LabelSetRefs label_sets;
  label_sets.reserve(window.samples.size());
  for (const RecordedSample& sample : window.samples) label_sets.push_back(&sample.labels);
  return label_sets;
}

LabelSetRefs label_sets_of(const Pane& pane) {
  LabelSetRefs label_sets;
  label_sets.reserve(pane.series.size());
  for (const PaneSeries& series : pane.series) label_sets.push_back(&series.labels);
  return label_sets;
}

/// Of all the bytes, and then of their lengths: lists that only differ in where a set ends differ.
std::string hash_label_sets(const LabelSetRefs& label_sets) {
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  Column lengths;
  lengths.reserve(label_sets.size());
  for (const LabelSet* labels : label_sets) {
    const std::string_view packed = labels->packed();
    XXH3_128bits_update(&state, packed.data(), packed.size());
    lengths.push_back(packed.size());
  }
  ColumnWriter writer;
  writer.column(lengths);
  const std::string bytes = writer.take();
  XXH3_128bits_update(&state, bytes.data(), bytes.size());
  XXH128_canonical_t hash;
  XXH128_canonicalFromHash(&hash, XXH3_128bits_digest(&state));
  return {reinterpret_cast<const char*>(hash.digest), sizeof hash.digest};
}

std::string pack_label_sets(const LabelSetRefs& label_sets) {
  return seal(write_edits(label_sets), kAnybody);
}

std::vector<LabelSet> unpack_label_sets(std::string_view packed, std::string_view hash) {
  std::vector<LabelSet> label_sets = read_edits(unseal(packed, kMostContent, kAnybody));
  LabelSetRefs refs;
  refs.reserve(label_sets.size());
  for (const LabelSet& labels : label_sets) refs.push_back(&labels);
  if (hash_label_sets(refs) != hash) damaged("its label sets are others than its hash says");
  return label_sets;
}

}  // namespace downsampled
