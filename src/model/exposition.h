// Writes the two text formats that Prometheus scrapes: text 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/) and OpenMetrics 1.0
// (https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md).
// Pure functions that append to a string. Help and label values may hold anything. The sample lines
// of a gauge are the same bytes in both formats, so a rendered window serves both.
#pragma once

#include <string>
#include <string_view>

#include "model/label_set.h"

namespace downsampled {

enum class ExpositionFormat { text, openmetrics };

enum class MetricType { counter, gauge, histogram, summary, unknown };

/// What stands above the samples of a family.
struct FamilyHeader {
  std::string_view name;  ///< a counter's with its `_total`
  MetricType type = MetricType::gauge;
  std::string_view help;
  std::string_view unit = {};  ///< written in OpenMetrics, where it is a suffix of the name
};

/// The value of the Content-Type header.
std::string_view content_type(ExpositionFormat format) noexcept;

/// TYPE, UNIT and HELP, in the order that OpenMetrics asks for.
void append_header(std::string& out, ExpositionFormat format, const FamilyHeader& header);

/// What a line starts with: name and labels. Names that only Prometheus 3 knows are made legal:
/// every character outside [a-zA-Z0-9_] becomes `_`, as in Prometheus's own escaping=underscores;
/// where two labels of the set come to one name, the later gets a further `_`.
void append_series(std::string& out, std::string_view name, const LabelSet& labels);

/// One line: a series and its value.
void append_sample(std::string& out, std::string_view name, const LabelSet& labels, double value);

/// The line that ends an OpenMetrics page; nothing in text 0.0.4.
void append_end(std::string& out, ExpositionFormat format);

/// The shortest decimal that reads back to the same double; `+Inf`, `-Inf`, `NaN`.
std::string format_value(double value);

}  // namespace downsampled
