#include "publish/deflate.h"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#define ZLIB_CONST
#include <zlib.h>

namespace downsampled {
namespace {

// Magic, deflate, no flags, no time, no extra flags, made on an unknown system.
constexpr char kGzipHeader[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff";
// A last block that holds nothing: every piece ends without one.
constexpr char kLastBlock[] = "\x03\x00";
constexpr int kRawWindowBits = -15;
constexpr int kMemoryLevel = 8;

const Bytef* bytes_of(const std::string& text) {
  return reinterpret_cast<const Bytef*>(text.data());
}

std::uint32_t crc_of(const std::string& text) {
  return static_cast<std::uint32_t>(crc32_z(crc32_z(0, nullptr, 0), bytes_of(text), text.size()));
}

class RawDeflate {
 public:
  explicit RawDeflate(Compression compression) {
    const int level = compression == Compression::fast ? Z_BEST_SPEED : Z_DEFAULT_COMPRESSION;
    // The arguments are right, so it can only be short of memory.
    if (deflateInit2(&stream_, level, Z_DEFLATED, kRawWindowBits, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  RawDeflate(const RawDeflate&) = delete;
  RawDeflate& operator=(const RawDeflate&) = delete;
  ~RawDeflate() { deflateEnd(&stream_); }

  /// Everything, flushed to a byte boundary; zlib counts in unsigned int, so in portions.
  std::string run(const std::string& text) {
    std::string out;
    char chunk[1 << 15];
    std::size_t taken = 0;
    do {
      const std::size_t portion =
          std::min<std::size_t>(text.size() - taken, std::numeric_limits<uInt>::max());
      stream_.next_in = bytes_of(text) + taken;
      stream_.avail_in = static_cast<uInt>(portion);
      taken += portion;
      const int flush = taken == text.size() ? Z_FULL_FLUSH : Z_NO_FLUSH;
      do {
        stream_.next_out = reinterpret_cast<Bytef*>(chunk);
        stream_.avail_out = sizeof chunk;
        deflate(&stream_, flush);
        out.append(chunk, sizeof chunk - stream_.avail_out);
      } while (stream_.avail_out == 0);
    } while (taken < text.size());
    out.shrink_to_fit();
    return out;
  }

 private:
  z_stream stream_{};
};

void append_little_endian(std::string& out, std::uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift);
}

}  // namespace

Piece make_piece(std::string text, Compression compression) {
  Piece piece;
  piece.crc = crc_of(text);
  if (!text.empty()) piece.deflated = RawDeflate(compression).run(text);
  piece.text = std::move(text);
  return piece;
}

GzipBody::GzipBody() : bytes_(kGzipHeader, sizeof kGzipHeader - 1), crc_(crc_of({})) {}

void GzipBody::append(const Piece& piece) {
  bytes_ += piece.deflated;
  crc_ = static_cast<std::uint32_t>(
      crc32_combine(crc_, piece.crc, static_cast<z_off_t>(piece.text.size())));
  size_ += piece.text.size();
}

std::string GzipBody::trailer(const Piece& rest) const {
  std::string out(kLastBlock, sizeof kLastBlock - 1);
  append_little_endian(out, static_cast<std::uint32_t>(crc32_combine(
                                crc_, rest.crc, static_cast<z_off_t>(rest.text.size()))));
  append_little_endian(out, static_cast<std::uint32_t>(size_ + rest.text.size()));
  return out;
}

}  // namespace downsampled
