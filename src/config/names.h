// Which names Prometheus takes for metrics and labels, and which we keep for ourselves.
// Pure functions. https://prometheus.io/docs/concepts/data_model/
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace downsampled {

/// What is wrong with a name for `record`, as the end of a sentence; empty when nothing is.
std::optional<std::string> metric_name_problem(std::string_view name);

/// The same for the name of a rule's label.
std::optional<std::string> label_name_problem(std::string_view name);

}  // namespace downsampled
