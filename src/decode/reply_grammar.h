// The shape of a range query's reply: which arrays and objects stand in which, and the keys that
// mean something to us. Pure values.
// https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
#pragma once

#include <string_view>

namespace downsampled {

/// The array or object that is being read, outermost first.
enum class Level { document, reply, data, result, series, values, histograms };

inline constexpr int kLevels = 7;

enum class Key {
  unknown,
  // of the reply
  status,
  data,
  error_type,
  error,
  warnings,
  infos,
  is_partial,
  // of data
  result_type,
  result,
  // of a series
  metric,
  values,
  histograms,
  value,
  histogram,
};

/// The key called `name` in an object of this level.
Key find_key(Level level, std::string_view name) noexcept;

bool is_object(Level level) noexcept;

/// The level that `level` stands in.
Level parent(Level level) noexcept;

}  // namespace downsampled
