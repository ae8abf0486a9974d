#include "publish/write_history.h"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "base/duration.h"
#include "publish/text_pieces.h"

namespace downsampled {
namespace {

/// `{"__name__":…}`.
std::string metric(std::string_view record, const LabelSet& labels) {
  nlohmann::json names = {{kMetricName, record}};
  for (const Label& label : labels) names[std::string(label.name)] = label.value;
  return names.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void write_openmetrics(const FamilyHeader& family, const History& history, const TextOut& out) {
  TextPieces pieces(out);
  append_header(pieces.next(), ExpositionFormat::openmetrics, family);
  history.for_each_series([&](const LabelSet& labels, std::span<const Sample> samples) {
    std::string series;
    append_series(series, family.name, labels);
    for (const Sample& sample : samples) {
      std::string& text = pieces.next();
      fmt::format_to(std::back_inserter(text), "{} {} ", series, format_value(sample.value));
      append_seconds(text, sample.time.time_since_epoch());
      text += '\n';
    }
  });
  pieces.flush();
}

void write_json(std::string_view record, const History& history, const TextOut& out) {
  TextPieces pieces(out);
  pieces.next() += R"({"status":"success","data":{"resultType":"matrix","result":[)";
  std::string_view before_series;
  history.for_each_series([&](const LabelSet& labels, std::span<const Sample> samples) {
    fmt::format_to(std::back_inserter(pieces.next()), R"({}{{"metric":{},"values":[)",
                   before_series, metric(record, labels));
    before_series = ",";
    std::string_view before_sample;
    for (const Sample& sample : samples) {
      std::string& text = pieces.next();
      text += before_sample;
      text += '[';
      append_seconds(text, sample.time.time_since_epoch());
      fmt::format_to(std::back_inserter(text), R"(,"{}"])", format_value(sample.value));
      before_sample = ",";
    }
    pieces.next() += "]}";
  });
  pieces.next() += "]}}\n";
  pieces.flush();
}

}  // namespace downsampled
