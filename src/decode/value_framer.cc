#include "decode/value_framer.h"

#include <cstdint>
#include <cstring>

namespace downsampled {
namespace {

bool ends_scalar(char c) {
  switch (c) {
    case ',':
    case ':':
    case ']':
    case '}':
    case ' ':
    case '\t':
    case '\r':
    case '\n':
      return true;
    default:
      return false;
  }
}

constexpr std::uint64_t kEach = 0x0101010101010101;  // a one in each byte

/// Not zero if any byte of `word` is `c`.
/// https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord
std::uint64_t has_byte(std::uint64_t word, char c) {
  word ^= kEach * static_cast<unsigned char>(c);
  return (word - kEach) & ~word & (kEach << 7);
}

/// The first quote or backslash, or the end.
const char* skip_plain(const char* p, const char* end) {
  for (std::uint64_t word; end - p >= 8; p += 8) {
    std::memcpy(&word, p, 8);
    if ((has_byte(word, '"') | has_byte(word, '\\')) != 0) break;
  }
  while (p != end && *p != '"' && *p != '\\') ++p;
  return p;
}

}  // namespace

ValueFramer::Outcome ValueFramer::scan(std::string_view bytes) {
  while (scanned_ < bytes.size()) {
    if (in_string_) {
      if (!skip_string(bytes)) return Outcome::incomplete;
      if (depth_ == 0) return Outcome::complete;
      continue;
    }
    const char c = bytes[scanned_];
    if (c == '"' && (depth_ > 0 || scanned_ == 0)) {
      in_string_ = true;
    } else if (depth_ == 0 && scanned_ > 0 && (ends_scalar(c) || c == '"')) {
      return Outcome::complete;
    } else if (c == '{' || c == '[') {
      if (++depth_ > kMaxDepth) return Outcome::too_deep;
    } else if ((c == '}' || c == ']') && --depth_ <= 0) {
      ++scanned_;
      return Outcome::complete;
    }
    ++scanned_;
  }
  return Outcome::incomplete;
}

/// Passes the closing quote; false when it has not arrived.
bool ValueFramer::skip_string(std::string_view bytes) {
  const char* const end = bytes.data() + bytes.size();
  const char* p = bytes.data() + scanned_;
  if (escaped_) ++p;
  escaped_ = false;
  for (p = skip_plain(p, end); p != end; p = skip_plain(p, end)) {
    if (*p++ == '"') {
      in_string_ = false;
      break;
    }
    escaped_ = p == end;
    if (!escaped_) ++p;
  }
  scanned_ = static_cast<std::size_t>(p - bytes.data());
  return !in_string_;
}

}  // namespace downsampled
