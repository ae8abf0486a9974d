// Finds where one JSON value ends, in bytes that arrive piece by piece. It looks at strings and
// brackets only; whether the value is valid JSON is for whoever reads it (see json_reader.h).
// Iterative and of constant size, whatever the nesting. One thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace downsampled {

class ValueFramer {
 public:
  enum class Outcome { complete, incomplete, too_deep };

  /// Deeper than any reply of any server; keeps whatever reads the value from deep recursion.
  static constexpr int kMaxDepth = 64;

  /// Scans on in `bytes`, which start with the value and may have grown since the last call. A
  /// value that is no string, object or array is complete when the byte after it is there.
  Outcome scan(std::string_view bytes);

  /// After `complete`: the bytes of the value.
  std::size_t length() const noexcept { return scanned_; }

  /// Whether nothing of the next value was scanned yet.
  bool fresh() const noexcept { return scanned_ == 0; }

  /// Starts afresh, for the next value.
  void reset() noexcept { *this = ValueFramer(); }

 private:
  bool skip_string(std::string_view bytes);

  std::size_t scanned_ = 0;
  int depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace downsampled
