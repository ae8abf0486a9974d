// Compressed pieces that can be joined: raw deflate (RFC 1951) that ends on a byte boundary and
// looks back to nothing before itself, and the frame (RFC 1952) that makes a gzip body of them. So
// a recorded window is compressed once, and a scrape in gzip is a concatenation. Pure values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace downsampled {

/// Bytes as they are, and everything that a gzip body needs to know about them.
struct Piece {
  std::string text;
  std::string deflated;
  std::uint32_t crc = 0;
};

/// What is compressed once and sent many times should be small, what is made for one scrape fast.
enum class Compression { fast, small };

Piece make_piece(std::string text, Compression compression);

/// Puts pieces one behind the other into one gzip member.
class GzipBody {
 public:
  GzipBody();

  void append(const Piece& piece);

  /// The member so far, open: append pieces behind it, then trailer().
  const std::string& bytes() const noexcept { return bytes_; }

  /// What has to stand behind bytes() once `rest`'s deflated form stands there too.
  std::string trailer(const Piece& rest) const;

 private:
  std::string bytes_;
  std::uint32_t crc_;
  std::uint64_t size_ = 0;  ///< of the text
};

}  // namespace downsampled
