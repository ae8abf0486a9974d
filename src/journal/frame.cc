#include "journal/frame.h"

#include <fmt/format.h>
#include <xxhash.h>
#include <zstd.h>

#include <memory>
#include <utility>

#include "base/error.h"

namespace downsampled {
namespace {

constexpr int kLevel = 2;  // 1 misses what repeats in label sets; higher ones find little more

std::string checksum_of(std::string_view frame, std::uint64_t owner) {
  XXH64_canonical_t bytes;
  XXH64_canonicalFromHash(&bytes, XXH3_64bits_withSeed(frame.data(), frame.size(), owner));
  return {reinterpret_cast<const char*>(bytes.digest), sizeof bytes.digest};
}

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
using Context = std::unique_ptr<ZSTD_CCtx, FreeContext>;

/// zstd fails to pack only where there is no memory.
std::size_t packed_size(std::size_t size_or_code) {
  if (!ZSTD_isError(size_or_code)) return size_or_code;
  throw Error(Reason::io, fmt::format("zstd: {}", ZSTD_getErrorName(size_or_code)));
}

Context make_context() {
  Context context(ZSTD_createCCtx());
  if (!context) throw Error(Reason::io, "zstd: no memory");
  packed_size(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel));
  packed_size(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1));
  return context;
}

}  // namespace

void require_room(std::uint64_t size) {
  if (size <= kMostContent) return;
  throw Error(Reason::io,
              fmt::format("{} bytes are more than the {} that a row takes", size, kMostContent));
}

std::string seal(std::string_view content, std::uint64_t owner) {
  require_room(content.size());
  const Context context = make_context();
  std::string sealed(ZSTD_compressBound(content.size()), '\0');
  sealed.resize(packed_size(
      ZSTD_compress2(context.get(), sealed.data(), sealed.size(), content.data(), content.size())));
  sealed += checksum_of(sealed, owner);
  sealed.shrink_to_fit();  // it may wait in memory for the disk
  return sealed;
}

bool is_whole(std::string_view sealed, std::uint64_t owner) {
  if (sealed.size() < sizeof(XXH64_canonical_t)) return false;
  const std::string_view frame = sealed.substr(0, sealed.size() - sizeof(XXH64_canonical_t));
  return sealed.substr(frame.size()) == checksum_of(frame, owner);
}

std::string unseal(std::string_view sealed, std::uint64_t most, std::uint64_t owner) {
  if (!is_whole(sealed, owner)) damaged("its checksum does not match");
  const std::string_view frame = sealed.substr(0, sealed.size() - sizeof(XXH64_canonical_t));
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR) {
    damaged("it is no zstd frame that says its size");
  }
  if (size > most) damaged(fmt::format("it holds {} bytes where {} are the most", size, most));
  std::string content(size, '\0');
  const std::size_t unpacked =
      ZSTD_decompress(content.data(), content.size(), frame.data(), frame.size());
  if (ZSTD_isError(unpacked)) damaged(fmt::format("zstd: {}", ZSTD_getErrorName(unpacked)));
  if (unpacked != size) damaged("it does not hold as many bytes as it says");
  return content;
}

void damaged(std::string problem) { throw Error(Reason::damaged, std::move(problem)); }

}  // namespace downsampled
