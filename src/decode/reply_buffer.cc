#include "decode/reply_buffer.h"

#include <algorithm>
#include <cstring>

namespace downsampled {

void ReplyBuffer::append(std::string_view bytes) {
  make_room(bytes.size());
  std::memcpy(memory_.get() + written_, bytes.data(), bytes.size());
  written_ += bytes.size();
  memory_[written_] = '\0';
}

void ReplyBuffer::read_to(const char* position) noexcept {
  read_ = static_cast<std::size_t>(position - memory_.get());
}

void ReplyBuffer::make_room(std::size_t bytes) {
  // Moved to the front only when less is moved than was read since: linear over a whole reply.
  const std::size_t unread = size();
  const bool grow = unread + bytes > capacity_ || (read_ < unread && written_ + bytes > capacity_);
  if (grow) {
    const std::size_t capacity = std::max(2 * capacity_, unread + bytes);
    std::unique_ptr<char[]> memory(new char[capacity + kPadding]());
    if (unread != 0) std::memcpy(memory.get(), begin(), unread);
    memory_ = std::move(memory);
    capacity_ = capacity;
  } else if (read_ >= unread) {
    std::memmove(memory_.get(), begin(), unread);
  } else {
    return;
  }
  dropped_ += read_;
  read_ = 0;
  written_ = unread;
}

}  // namespace downsampled
