// Which known word a mistyped one was meant to be. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace downsampled {

/// ` (did you mean "interval"?)` when one of `known` is near `word`; else nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace downsampled
