#include "decode/json_reader.h"

#include <fmt/format.h>
#include <simdjson.h>

namespace downsampled {

namespace dom = simdjson::dom;

namespace {

LabelSet labels_of(const dom::element& metric, const Place& place) {
  dom::object object;
  if (metric.get(object)) malformed(place, "a metric is not an object");
  std::vector<Label> labels;
  labels.reserve(object.size());
  bool sorted = true;  // as Prometheus sends them
  for (const auto [name, element] : object) {
    std::string_view value;
    if (name.empty()) malformed(place, "a label has an empty name");
    if (element.get(value)) malformed(place, fmt::format("label {:?} is not a string", name));
    sorted = sorted && (labels.empty() || labels.back().name < name);
    labels.push_back({name, value});
  }
  if (!sorted) {
    const std::string_view twice = first_duplicate(labels);
    if (!twice.empty()) malformed(place, fmt::format("label {:?} stands twice", twice));
  }
  return LabelSet(std::move(labels));
}

}  // namespace

struct JsonReader::Parser {
  dom::element parse(std::string_view json, const Place& place) {
    dom::element element;
    const auto error = parser.parse(json.data(), json.size(), false).get(element);
    if (error) malformed(place, fmt::format("invalid JSON: {}", simdjson::error_message(error)));
    return element;
  }

  dom::parser parser;
};

JsonReader::JsonReader() : parser_(std::make_unique<Parser>()) {}
JsonReader::~JsonReader() = default;

void JsonReader::check(std::string_view json, const Place& place) { parser_->parse(json, place); }

std::string_view JsonReader::text(std::string_view json, const Place& place) {
  std::string_view text;
  if (parser_->parse(json, place).get(text)) malformed(place, "expected a string");
  return text;
}

std::vector<std::string> JsonReader::texts(std::string_view json, const Place& place) {
  const dom::element element = parser_->parse(json, place);
  std::vector<std::string> texts;
  if (element.is_null()) return texts;
  dom::array array;
  if (element.get(array)) malformed(place, "expected an array of strings");
  for (const dom::element item : array) {
    std::string_view text;
    if (item.get(text)) malformed(place, "expected an array of strings");
    texts.emplace_back(text);
  }
  return texts;
}

bool JsonReader::truth(std::string_view json, const Place& place) {
  bool truth = false;
  if (parser_->parse(json, place).get(truth)) malformed(place, "expected true or false");
  return truth;
}

LabelSet JsonReader::labels(std::string_view json, const Place& place) {
  return labels_of(parser_->parse(json, place), place);
}

std::optional<LabelSet> JsonReader::labels_if_valid(std::string_view json, const Place& place) {
  dom::element metric;
  if (parser_->parser.parse(json.data(), json.size(), false).get(metric)) return std::nullopt;
  return labels_of(metric, place);
}

}  // namespace downsampled
