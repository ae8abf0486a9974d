// Reads a file that people write. A function without state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace downsampled {

/// The text of a file, or nothing, and in `problem` why: `FILE: cannot be read: …`. `wanted` ends
/// the message about a folder: "a rule file".
std::optional<std::string> read_text(const std::string& file, std::string_view wanted,
                                     std::string& problem);

}  // namespace downsampled
