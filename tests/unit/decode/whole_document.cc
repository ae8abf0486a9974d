#include "whole_document.h"

#include <simdjson.h>

#include <cmath>
#include <cstdlib>

namespace downsampled {
namespace {

namespace dom = simdjson::dom;

Timestamp time_of(const dom::element& seconds) {
  return Timestamp(Duration(std::llround(static_cast<double>(seconds) * 1000)));
}

/// JSON leaves open what a key means that stands twice; the decoder refuses it where it matters.
LabelSet labels_of(const dom::object& metric) {
  std::vector<Label> labels;
  for (const dom::key_value_pair field : metric) labels.push_back({field.key, field.value});
  return LabelSet(labels);
}

DecodedSeries series_of(const dom::element& element) {
  DecodedSeries series;
  series.labels = labels_of(element["metric"]);
  dom::array values;
  if (!element["values"].get(values)) {
    for (const dom::element sample : values) {
      const std::string text(std::string_view(sample.at(1)));
      series.samples.push_back({time_of(sample.at(0)), std::strtod(text.c_str(), nullptr)});
    }
  }
  dom::array histograms;
  if (!element["histograms"].get(histograms)) {
    for (const dom::element sample : histograms) series.histograms.push_back(time_of(sample.at(0)));
  }
  return series;
}

}  // namespace

std::optional<std::vector<DecodedSeries>> read_whole_document(const std::string& body) {
  try {
    dom::parser parser;
    const dom::element document = parser.parse(body);
    std::vector<DecodedSeries> all;
    for (const dom::element element : document["data"]["result"].get_array()) {
      all.push_back(series_of(element));
    }
    return all;
  } catch (const simdjson::simdjson_error&) {
    return std::nullopt;
  }
}

}  // namespace downsampled
