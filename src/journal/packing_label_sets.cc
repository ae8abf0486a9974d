#define XXH_STATIC_LINKING_ONLY  // for the size of the state
#include <xxhash.h>

#include <cstdint>
#include <functional>

#include "journal/columns.h"
#include "journal/frame.h"
#include "journal/label_set_edits.h"
#include "journal/owner.h"
#include "journal/packing.h"

namespace downsampled {
namespace {

template <typename Series, typename LabelsOf>
LabelSetRefs refs_to(const std::vector<Series>& all, LabelsOf labels_of) {
  LabelSetRefs refs;
  refs.reserve(all.size());
  for (const Series& one : all) refs.push_back(&std::invoke(labels_of, one));
  return refs;
}

}  // namespace

LabelSetRefs label_sets_of(const RecordedWindow& window) {
  return refs_to(window.samples, &RecordedSample::labels);
}

LabelSetRefs label_sets_of(const Pane& pane) { return refs_to(pane.series, &PaneSeries::labels); }

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
  if (hash_label_sets(refs_to(label_sets, std::identity())) != hash) {
    damaged("its label sets are others than its hash says");
  }
  return label_sets;
}

}  // namespace downsampled
