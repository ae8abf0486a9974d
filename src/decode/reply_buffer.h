// The part of a reply that has arrived and was not yet read: contiguous, and padded so that
// scanners need not check for its end at every byte.
// Owns its memory, which grows with the largest unread part and never shrinks. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace downsampled {

class ReplyBuffer {
 public:
  /// Readable bytes after end(); the first is NUL, which stops every scan. simdjson wants 64.
  static constexpr std::size_t kPadding = 64;

  /// Adds bytes at the end. Pointers into the buffer are invalid afterwards. Amortized O(bytes).
  void append(std::string_view bytes);

  const char* begin() const noexcept { return memory_.get() + read_; }
  const char* end() const noexcept { return memory_.get() + written_; }
  std::size_t size() const noexcept { return written_ - read_; }

  /// Marks everything before `position` as read.
  void read_to(const char* position) noexcept;

  /// The place in the reply of `position`, which is in the buffer.
  std::uint64_t offset_of(const char* position) const noexcept {
    return dropped_ + static_cast<std::uint64_t>(position - memory_.get());
  }

 private:
  void make_room(std::size_t bytes);

  std::unique_ptr<char[]> memory_;
  std::size_t capacity_ = 0;  // without the padding
  std::size_t read_ = 0;
  std::size_t written_ = 0;
  std::uint64_t dropped_ = 0;  // bytes of the reply that are no longer in memory
};

}  // namespace downsampled
