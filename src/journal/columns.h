// Tables of numbers as bytes: column after column, and in each the lowest bytes of all its numbers
// first, then the next ones, up to the highest that is not 0 everywhere (the byte shuffle of HDF5
// and Blosc; how many stands before them). Bytes that are alike stand together, so that zstd need
// not look at the noise in between. The same bytes on every machine. Plain values, not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace downsampled {

using Column = std::vector<std::uint64_t>;

class ColumnWriter {
 public:
  void number(std::uint64_t number);
  void column(const Column& column);
  void text(std::string_view text) { content_ += text; }

  /// What has been written; leaves nothing.
  std::string take() { return std::move(content_); }

 private:
  std::string content_;
};

/// Reads what a ColumnWriter wrote; looks at the content, which must outlive it.
/// Everything throws Error{damaged} where less is left than is asked for.
class ColumnReader {
 public:
  explicit ColumnReader(std::string_view content) : rest_(content) {}

  /// Throws Error{damaged} unless the text that follows is this one.
  void expect(std::string_view text);
  std::uint64_t number();
  Column column(std::uint64_t count);
  std::string_view text(std::uint64_t size);

  /// Throws Error{damaged} where all was read and something is left.
  void finish() const;

 private:
  std::string_view rest_;
};

}  // namespace downsampled
