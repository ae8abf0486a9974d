// Which headers and authorization types can be sent. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace downsampled {

/// Whether the text is a token as HTTP has it (RFC 9110, 5.6.2): a header's name, for one.
bool is_http_token(std::string_view text);

/// Whether a header can carry the text as its value: visible ASCII, blanks within it.
bool is_header_value(std::string_view text);

/// What is wrong with a header of that name, as the end of a sentence with the remedy: it may be
/// one that is made from other keys, or by the HTTP client.
std::optional<std::string> header_problem(std::string_view name);

}  // namespace downsampled
