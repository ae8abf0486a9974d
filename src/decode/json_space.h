// The white space of JSON. Pure function.
#pragma once

namespace downsampled {

/// The first byte that is no white space; the text must be followed by a NUL.
inline const char* skip_space(const char* p) noexcept {
  while (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r') ++p;
  return p;
}

}  // namespace downsampled
