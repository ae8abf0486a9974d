// Reads `[<seconds>,"<value>"]`, of which nearly all of a reply consists, straight out of the
// buffer: as strict as a JSON parser, and as fast as the number conversion allows.
// Pure functions. All texts must be followed by a NUL and seven more readable bytes: where a scan
// stops at the end of the text, it is incomplete and is repeated when more has arrived.
#pragma once

#include <cstddef>
#include <vector>

#include "model/series.h"

namespace downsampled {

/// Why a scan stopped.
enum class Stop {
  complete,
  incomplete,
  bad_shape,
  bad_time,
  bad_value,
  not_rising,
  too_long,
};

/// What is wrong, in words for an error message.
const char* to_string(Stop stop) noexcept;

struct ScanEnd {
  Stop stop;
  const char* position;  ///< incomplete: where to go on; complete: after what was read; else where
                         ///< it is clear that the text is wrong
};

/// A longer sample is refused: this bounds what is scanned twice.
inline constexpr std::ptrdiff_t kMaxSampleBytes = 4096;

/// Appends samples as long as each is followed by a comma. `complete` means that a sample was read
/// and that no comma follows it (or nothing yet).
ScanEnd scan_samples(const char* begin, const char* end, std::vector<Sample>& samples);

/// Reads a JSON number of seconds as integral milliseconds: exactly, rounded to nearest where it
/// has more digits (1435781430.781, 1.435781430781e9).
ScanEnd scan_time(const char* begin, const char* end, Timestamp& time);

}  // namespace downsampled
