// The reply of a Prometheus to a range query, made up: as large and as varied as a benchmark wants.
// Pure functions; the same arguments give the same bytes.
#pragma once

#include <cstddef>
#include <string>

#include "model/timestamp.h"

namespace downsampled::bench {

enum class Values {
  fractions,  ///< 17 significant digits, as of a rate()
  integers,   ///< bytes and counts
  mixed,      ///< both, with short decimals, zeros, NaN and +Inf among them
};

inline constexpr Timestamp kFirstSample{Duration(1'435'781'430'781)};
inline constexpr Duration kStep{15'000};

/// At least `bytes` long, of series with `samples_per_series` samples, one step apart, and ten
/// labels.
std::string matrix_body(std::size_t bytes, std::size_t samples_per_series, Values values);

}  // namespace downsampled::bench
