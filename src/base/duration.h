// Durations and times as people write them: Prometheus's duration syntax, RFC 3339, Unix seconds.
// Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace downsampled {

inline constexpr Duration kOverZero{1};  ///< the shortest there is, where 0 is not allowed

/// Parses `1h30m`, `15s`, `1d`, `250ms`, `0`: units in falling order, each once
/// (https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations).
/// Empty when the text is anything else, or longer than 292 years.
std::optional<Duration> parse_duration(std::string_view text);

/// The shortest exact form: `1h30m`, `0s`; as Prometheus itself prints (no weeks unless exact).
std::string format_duration(Duration duration);

/// Seconds, with three decimals unless they are whole: `1767323045`, `-0.250`. As Prometheus writes
/// times.
void append_seconds(std::string& out, Duration duration);

/// Parses RFC 3339 (`2026-01-02T03:04:05.678Z`, `…+02:00`) or Unix seconds (`1767323045.678`).
/// Empty when the text is neither.
std::optional<Timestamp> parse_timestamp(std::string_view text);

/// RFC 3339 in UTC, with milliseconds only where they are not zero.
std::string format_timestamp(Timestamp time);

}  // namespace downsampled
