// UTF-8, as far as the program must look at it: where a text stops being valid.
// Pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace downsampled {

/// The bytes of the first character of `text`: 1 to 4, or 0 when it does not start with a valid one
/// (RFC 3629: no overlong forms, no surrogates, nothing over U+10FFFF) or is empty.
std::size_t utf8_length(std::string_view text) noexcept;

/// The offset of the first byte that is not valid UTF-8; `text.size()` when all is.
std::size_t utf8_valid_prefix(std::string_view text) noexcept;

}  // namespace downsampled
