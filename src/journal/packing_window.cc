#include <cstdint>
#include <utility>

#include "journal/columns.h"
#include "journal/frame.h"
#include "journal/packing.h"
#include "journal/row_header.h"

namespace downsampled {
namespace {

constexpr std::string_view kWindowKind = "window 1";

}  // namespace

std::string pack_window(const RecordedWindow& window, std::uint64_t owner) {
  ColumnWriter writer;
  write_row_header(writer,
                   {.kind = kWindowKind, .series = window.samples.size(), .window = window.window});
  writer.number(bits(window.points));
  writer.number(bits(window.covered));
  Column values;
  values.reserve(window.samples.size());
  for (const RecordedSample& sample : window.samples) values.push_back(bits(sample.value));
  writer.column(values);
  return seal(writer.take(), owner);
}

RecordedWindow unpack_window(std::string_view packed, std::vector<LabelSet> label_sets,
                             std::uint64_t owner) {
  constexpr std::uint64_t kBeforeValues = 64;  // no less than the header and two numbers
  const std::string content =
      unseal(packed, kBeforeValues + label_sets.size() * sizeof(std::uint64_t), owner);
  ColumnReader reader(content);
  RecordedWindow window;
  window.window = read_row_header(reader, kWindowKind, label_sets.size());
  window.points = integer(reader.number());
  window.covered = integer(reader.number());
  const Column values = reader.column(label_sets.size());
  reader.finish();
  window.samples.reserve(label_sets.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    window.samples.push_back({std::move(label_sets[i]), real(values[i])});
  }
  return window;
}

}  // namespace downsampled
