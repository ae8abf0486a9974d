// The oracle of the decoder: the same reply read in one piece by simdjson's DOM and strtod, with
// none of the decoder's own code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "decoded.h"

namespace downsampled {

/// The series of a matrix; empty when `body` is not JSON, or not shaped like a matrix.
std::optional<std::vector<DecodedSeries>> read_whole_document(const std::string& body);

}  // namespace downsampled
