#include "journal/columns.h"

#include <fmt/format.h>

#include <bit>

#include "journal/frame.h"

namespace downsampled {
namespace {

constexpr std::size_t kMostPlanes = sizeof(std::uint64_t);

/// The bytes that the largest number of a column takes.
std::size_t planes_of(const Column& column) {
  std::uint64_t any = 1;
  for (const std::uint64_t number : column) any |= number;
  return (static_cast<std::size_t>(std::bit_width(any)) + 7) / 8;
}

}  // namespace

void ColumnWriter::number(std::uint64_t number) { column({number}); }

void ColumnWriter::column(const Column& column) {
  const std::size_t count = column.size();
  const std::size_t planes = planes_of(column);
  content_ += static_cast<char>(planes);
  const std::size_t start = content_.size();
  content_.resize(start + count * planes);
  for (std::size_t plane = 0; plane < planes; ++plane) {
    char* const bytes = content_.data() + start + plane * count;
    for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(column[i] >> 8 * plane);
  }
}

void ColumnReader::expect(std::string_view text) {
  if (!rest_.starts_with(text)) damaged(fmt::format("it does not say `{}`", text));
  rest_.remove_prefix(text.size());
}

std::uint64_t ColumnReader::number() { return column(1).front(); }

Column ColumnReader::column(std::uint64_t count) {
  const auto planes = static_cast<unsigned char>(text(1).front());
  if (planes < 1 || planes > kMostPlanes)
    damaged(fmt::format("it has numbers of {} bytes", planes));
  if (count > rest_.size() / planes) damaged("it ends too early");
  const std::string_view bytes = text(count * planes);
  Column column(count);
  for (std::size_t plane = 0; plane < planes; ++plane) {
    const char* const from = bytes.data() + plane * count;
    for (std::size_t i = 0; i < count; ++i) {
      column[i] |= std::uint64_t{static_cast<unsigned char>(from[i])} << 8 * plane;
    }
  }
  return column;
}

std::string_view ColumnReader::text(std::uint64_t size) {
  if (size > rest_.size()) damaged("it ends too early");
  const std::string_view text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return text;
}

void ColumnReader::finish() const {
  if (!rest_.empty()) damaged(fmt::format("{} bytes too many stand at its end", rest_.size()));
}

}  // namespace downsampled
