// Where in a reply something stands: for errors, which all name it.
// Pure values.
#pragma once

#include <cstdint>
#include <string_view>

namespace downsampled {

struct Place {
  std::uint64_t byte = 0;    ///< counted from 0, after decompression
  std::uint64_t series = 0;  ///< counted from 1; 0: in no series
};

/// Throws Error{malformed_reply}: `malformed reply at byte 17, in series 2: <what>`.
[[noreturn]] void malformed(const Place& place, std::string_view what);

}  // namespace downsampled
