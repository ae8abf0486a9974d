// How panes and windows are packed into the journal's rows: columns of numbers, their bytes sorted
// by significance, as zstd frames with a checksum. Label sets are packed apart from the numbers, so
// that windows with the same series share them. The bytes come back from a disk, so everything that
// is unpacked is checked. Pure functions; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/pane.h"
#include "model/snapshot.h"

namespace downsampled {

/// Label sets in the order of the series that they belong to; not owned.
using LabelSetRefs = std::vector<const LabelSet*>;

LabelSetRefs label_sets_of(const RecordedWindow& window);
LabelSetRefs label_sets_of(const Pane& pane);

/// 16 bytes that no two lists of label sets share (XXH3, 128 bits, https://xxhash.com).
std::string hash_label_sets(const LabelSetRefs& label_sets);

std::string pack_label_sets(const LabelSetRefs& label_sets);
/// Throws Error{damaged} unless the bytes are what pack_label_sets() made of a list with this hash.
std::vector<LabelSet> unpack_label_sets(std::string_view packed, std::string_view hash);

/// All of the window but its label sets; `owner` says whose it is (owner.h).
std::string pack_window(const RecordedWindow& window, std::uint64_t owner);
/// Throws Error{damaged} unless pack_window() made the bytes of that owner's window of so many
/// series.
RecordedWindow unpack_window(std::string_view packed, std::vector<LabelSet> label_sets,
                             std::uint64_t owner);

/// The fields as bits.
std::uint64_t field_bits(Fields fields);

/// All of the pane but its label sets.
std::string pack_pane(const Pane& pane, std::uint64_t owner);
/// Throws Error{damaged} unless pack_pane() made the bytes of that owner's pane of so many series.
Pane unpack_pane(std::string_view packed, std::vector<LabelSet> label_sets, std::uint64_t owner);

}  // namespace downsampled
