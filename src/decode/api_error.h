// The error body of the Prometheus HTTP API, as sent with a status that is not 2xx.
// Pure function.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace downsampled {

struct ApiError {
  std::string type;     ///< `errorType`: bad_data, execution, timeout, …; may be empty
  std::string message;  ///< `error`; may be empty
};

/// Reads `{"status":"error","errorType":…,"error":…}`; empty when the body is anything else.
/// https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview
std::optional<ApiError> decode_api_error(std::string_view body);

}  // namespace downsampled
