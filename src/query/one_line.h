// The body of an error reply as people can read it in a log line: it may be anything, also the
// HTML of a proxy. Pure.
#pragma once

#include <string>
#include <string_view>

namespace downsampled {

/// One line of at most `most_bytes` (and an ellipsis): markup dropped where the text is HTML,
/// white space and control characters collapsed to one blank, broken UTF-8 replaced by `?`.
std::string one_line(std::string_view text, std::size_t most_bytes = 300);

}  // namespace downsampled
