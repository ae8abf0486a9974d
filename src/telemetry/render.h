// The metrics about ourselves as text, through the same writer as the recorded series: prometheus-
// cpp's own writer knows neither OpenMetrics nor doubles that read back to the same bits.
// Thread-safe, as far as collecting is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/exposition.h"

namespace prometheus {
class Collectable;
struct MetricFamily;
}  // namespace prometheus

namespace downsampled {

/// Appends a family: TYPE, HELP and every sample; nothing when it has no samples. A counter's name
/// must end in `_total`.
void append_family(std::string& out, ExpositionFormat format,
                   const prometheus::MetricFamily& family);

/// Collects all and writes their families, sorted by name, without the end line.
std::string render_metrics(const std::vector<const prometheus::Collectable*>& collectables,
                           ExpositionFormat format);

}  // namespace downsampled
