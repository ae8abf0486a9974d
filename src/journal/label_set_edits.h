// Lists of label sets as bytes, each set as what changes in the one before it: the series of one
// workload follow each other and differ in a few characters of their pod's name. As columns: of
// each set how many edits it takes, and of each edit how many bytes are kept up to it, how many
// dropped there, and how many put in their place; then the text that is put. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "journal/packing.h"

namespace downsampled {

/// What the bytes begin with: what they are, and the version of their format.
inline constexpr std::string_view kEditsKind = "series 1";

std::string write_edits(const LabelSetRefs& label_sets);

/// Throws Error{damaged} unless the bytes make label sets.
std::vector<LabelSet> read_edits(std::string_view content);

}  // namespace downsampled
