#include "journal/row_header.h"

#include <fmt/format.h>

#include "journal/frame.h"

namespace downsampled {

void write_row_header(ColumnWriter& writer, const RowHeader& header) {
  writer.text(header.kind);
  writer.number(header.series);
  writer.number(bits(header.window.start));
  writer.number(bits(header.window.end));
}

Window read_row_header(ColumnReader& reader, std::string_view kind, std::size_t series) {
  reader.expect(kind);
  const std::uint64_t count = reader.number();
  if (count != series) {
    damaged(fmt::format("it has {} series where its list of label sets has {}", count, series));
  }
  const Timestamp start = timestamp(reader.number());
  return {.start = start, .end = timestamp(reader.number())};
}

}  // namespace downsampled
