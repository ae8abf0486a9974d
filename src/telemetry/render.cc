#include "telemetry/render.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace downsampled {
namespace {

using Labels = std::vector<prometheus::ClientMetric::Label>;

LabelSet label_set(const Labels& labels, std::string_view name = {}, std::string_view value = {}) {
  std::vector<Label> all;
  for (const auto& label : labels) all.push_back({label.name, label.value});
  if (!name.empty()) all.push_back({name, value});
  return LabelSet(std::move(all));
}

/// The value of `le` and `quantile`: OpenMetrics wants a number that shows that it is a float.
std::string bound(ExpositionFormat format, double value) {
  std::string text = format_value(value);
  const bool integer = text.find_first_not_of("-0123456789") == std::string::npos;
  return format == ExpositionFormat::openmetrics && integer ? text + ".0" : text;
}

void append_summary(std::string& out, ExpositionFormat format, const std::string& name,
                    const prometheus::ClientMetric& metric) {
  for (const auto& quantile : metric.summary.quantile) {
    const std::string rank = bound(format, quantile.quantile);
    append_sample(out, name, label_set(metric.label, "quantile", rank), quantile.value);
  }
  const LabelSet labels = label_set(metric.label);
  append_sample(out, name + "_sum", labels, metric.summary.sample_sum);
  append_sample(out, name + "_count", labels, static_cast<double>(metric.summary.sample_count));
}

void append_histogram(std::string& out, ExpositionFormat format, const std::string& name,
                      const prometheus::ClientMetric& metric) {
  for (const auto& bucket : metric.histogram.bucket) {
    const std::string upper = bound(format, bucket.upper_bound);
    append_sample(out, name + "_bucket", label_set(metric.label, "le", upper),
                  static_cast<double>(bucket.cumulative_count));
  }
  const LabelSet labels = label_set(metric.label);
  append_sample(out, name + "_sum", labels, metric.histogram.sample_sum);
  append_sample(out, name + "_count", labels, static_cast<double>(metric.histogram.sample_count));
}

MetricType type_of(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter:
      return MetricType::counter;
    case prometheus::MetricType::Gauge:
      return MetricType::gauge;
    case prometheus::MetricType::Summary:
      return MetricType::summary;
    case prometheus::MetricType::Histogram:
      return MetricType::histogram;
    case prometheus::MetricType::Untyped:
      return MetricType::unknown;
  }
  return MetricType::unknown;
}

void append_metric(std::string& out, ExpositionFormat format, MetricType type,
                   const std::string& name, const prometheus::ClientMetric& metric) {
  switch (type) {
    case MetricType::counter:
      return append_sample(out, name, label_set(metric.label), metric.counter.value);
    case MetricType::gauge:
      return append_sample(out, name, label_set(metric.label), metric.gauge.value);
    case MetricType::unknown:
      return append_sample(out, name, label_set(metric.label), metric.untyped.value);
    case MetricType::summary:
      return append_summary(out, format, name, metric);
    case MetricType::histogram:
      return append_histogram(out, format, name, metric);
  }
}

}  // namespace

void append_family(std::string& out, ExpositionFormat format,
                   const prometheus::MetricFamily& family) {
  if (family.metric.empty()) return;
  const MetricType type = type_of(family.type);
  append_header(out, format, {family.name, type, family.help});
  for (const auto& metric : family.metric) append_metric(out, format, type, family.name, metric);
}

std::string render_metrics(const std::vector<const prometheus::Collectable*>& collectables,
                           ExpositionFormat format) {
  std::vector<prometheus::MetricFamily> families;
  for (const auto* collectable : collectables) {
    auto collected = collectable->Collect();
    std::move(collected.begin(), collected.end(), std::back_inserter(families));
  }
  std::stable_sort(families.begin(), families.end(),
                   [](const auto& a, const auto& b) { return a.name < b.name; });
  std::string text;
  for (auto& family : families) {
    // The registry keeps them in the order of a hash.
    if (!std::ranges::is_sorted(family.metric, {}, &prometheus::ClientMetric::label)) {
      std::ranges::sort(family.metric, {}, &prometheus::ClientMetric::label);
    }
    append_family(text, format, family);
  }
  return text;
}

}  // namespace downsampled
