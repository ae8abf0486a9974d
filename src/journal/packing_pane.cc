#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "journal/columns.h"
#include "journal/frame.h"
#include "journal/packing.h"
#include "journal/pane_columns.h"
#include "journal/row_header.h"
#include "journal/sketch_columns.h"

namespace downsampled {
namespace {

constexpr std::string_view kPaneKind = "pane   2";
constexpr std::size_t kByte = 8;

constexpr bool Fields::*kFields[] = {&Fields::sum, &Fields::extremes, &Fields::last,
                                     &Fields::squares, &Fields::sketch};

Fields fields_from(std::uint64_t bits) {
  if (bits >> std::size(kFields) != 0) damaged("it has fields that are not known");
  Fields fields;
  for (std::size_t i = 0; i < std::size(kFields); ++i) fields.*kFields[i] = (bits >> i & 1) != 0;
  return fields;
}

template <typename Get>
void write_column(ColumnWriter& writer, const Pane& pane, Get get) {
  Column column;
  column.reserve(pane.series.size());
  for (const PaneSeries& series : pane.series) column.push_back(get(series));
  writer.column(column);
}

/// Where each series begins and ends, how many points are spelled out, and those, a bit each.
void write_presence(ColumnWriter& writer, const Pane& pane) {
  write_column(writer, pane, [](const PaneSeries& s) { return bits(s.presence.first()); });
  write_column(writer, pane, [](const PaneSeries& s) { return bits(s.presence.last()); });
  write_column(writer, pane, [](const PaneSeries& s) { return s.presence.points().size(); });
  for (const PaneSeries& series : pane.series) {
    const std::vector<bool>& points = series.presence.points();
    std::string bytes((points.size() + kByte - 1) / kByte, '\0');
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (points[i]) bytes[i / kByte] = static_cast<char>(bytes[i / kByte] | 1 << i % kByte);
    }
    writer.text(bytes);
  }
}

std::vector<bool> read_points(ColumnReader& reader, std::uint64_t size) {
  const std::string_view bytes = reader.text(size / kByte + (size % kByte == 0 ? 0 : 1));
  std::vector<bool> points(size);
  for (std::size_t i = 0; i < size; ++i) points[i] = (bytes[i / kByte] >> i % kByte & 1) != 0;
  return points;
}

void read_presence(ColumnReader& reader, Pane& pane) {
  const Column firsts = reader.column(pane.series.size());
  const Column lasts = reader.column(pane.series.size());
  const Column sizes = reader.column(pane.series.size());
  for (std::size_t i = 0; i < pane.series.size(); ++i) {
    std::optional<Presence> presence = Presence::from({.first = integer(firsts[i]),
                                                       .last = integer(lasts[i]),
                                                       .points = read_points(reader, sizes[i])});
    if (!presence) damaged("it has a series at points that cannot be");
    pane.series[i].presence = std::move(*presence);
  }
}

void read_partials(ColumnReader& reader, Pane& pane) {
  for (const PaneColumn& column : pane_columns(pane.fields)) {
    const Column numbers = reader.column(pane.series.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) column.set(pane.series[i].partial, numbers[i]);
  }
}

}  // namespace

std::uint64_t field_bits(Fields fields) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < std::size(kFields); ++i) {
    if (fields.*kFields[i]) bits |= std::uint64_t{1} << i;
  }
  return bits;
}

std::string pack_pane(const Pane& pane, std::uint64_t owner) {
  ColumnWriter writer;
  write_row_header(writer,
                   {.kind = kPaneKind, .series = pane.series.size(), .window = pane.window});
  writer.number(field_bits(pane.fields));
  writer.number(bits(pane.coverage.points));
  writer.number(bits(pane.coverage.covered));
  writer.number(bits(pane.coverage.newest));
  writer.number(pane.samples);
  writer.number(pane.histograms);
  for (const PaneColumn& column : pane_columns(pane.fields)) {
    write_column(writer, pane, [&](const PaneSeries& s) { return column.get(s.partial); });
  }
  if (pane.fields.sketch) write_sketches(writer, pane);
  write_presence(writer, pane);
  return seal(writer.take(), owner);
}

Pane unpack_pane(std::string_view packed, std::vector<LabelSet> label_sets, std::uint64_t owner) {
  const std::string content = unseal(packed, kMostContent, owner);  // gaps take any number of bytes
  ColumnReader reader(content);
  Pane pane;
  pane.window = read_row_header(reader, kPaneKind, label_sets.size());
  pane.fields = fields_from(reader.number());
  pane.coverage.points = integer(reader.number());
  pane.coverage.covered = integer(reader.number());
  pane.coverage.newest = timestamp(reader.number());
  pane.samples = reader.number();
  pane.histograms = reader.number();
  pane.series.reserve(label_sets.size());
  for (LabelSet& labels : label_sets) pane.series.push_back({.labels = std::move(labels)});
  read_partials(reader, pane);
  if (pane.fields.sketch) read_sketches(reader, pane);
  read_presence(reader, pane);
  reader.finish();
  return pane;
}

}  // namespace downsampled
