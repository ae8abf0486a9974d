// A ByteSink that keeps what it is given.
#pragma once

#include <string>
#include <string_view>

#include "base/byte_sink.h"

namespace downsampled {

struct CollectingSink final : ByteSink {
  void write(std::string_view bytes) override { text += bytes; }
  std::string text;
};

/// Only counts: for replies that must not be kept.
struct CountingSink final : ByteSink {
  void write(std::string_view bytes) override { count += bytes.size(); }
  std::size_t count = 0;
};

}  // namespace downsampled
