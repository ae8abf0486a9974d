// Where a command writes what was asked for: standard output, or standard error for what is wrong.
// Pure functions of the stream; safe from one thread at a time.
#pragma once

#include <cstdio>
#include <string_view>

namespace downsampled {

/// Writes the text and flushes, so that a full disk or a closed pipe is known. Throws Error{io}.
void print(std::FILE* stream, std::string_view text);

}  // namespace downsampled
