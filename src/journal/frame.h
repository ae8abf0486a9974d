// The frame around everything that the journal packs: zstd with a checksum of what is in it, and
// behind it a checksum of the frame itself, because a zstd frame has bits that do not matter to
// its decoder. So every changed bit is found, and before anything is allocated. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace downsampled {

/// The most bytes that go into one frame; SQLite holds no more than 10^9 in one value.
inline constexpr std::uint64_t kMostContent = 1'000'000'000;

/// Throws Error{io} for more than kMostContent bytes.
void require_room(std::uint64_t size);

/// zstd's frame (RFC 8878), then XXH3 (64 bits, most significant byte first) of the frame with the
/// owner as its seed: a frame in the place of another's is found like one that changed.
/// Throws as require_room().
std::string seal(std::string_view content, std::uint64_t owner);

/// Whether the bytes are as seal() made them for that owner, without a look into the frame.
bool is_whole(std::string_view sealed, std::uint64_t owner);

/// What seal() was given. Throws Error{damaged} unless that were at most `most` bytes of that
/// owner.
std::string unseal(std::string_view sealed, std::uint64_t most, std::uint64_t owner);

/// Throws Error{damaged}.
[[noreturn]] void damaged(std::string problem);

}  // namespace downsampled
