// How long a Prometheus keeps samples, from what it says of itself. Pure function.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace downsampled {

/// Reads `{"status":"success","data":{"storageRetention":"15d or 10GiB",…}}`; empty where the body
/// is anything else, or names no time.
/// https://prometheus.io/docs/prometheus/latest/querying/api/#runtime-information
std::optional<Duration> decode_retention(std::string_view body);

}  // namespace downsampled
