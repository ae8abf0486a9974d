// A reply decoded into something that can be kept and compared.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decode/range_decoder.h"

namespace downsampled {

struct DecodedSeries {
  LabelSet labels;
  std::vector<Sample> samples;
  std::vector<Timestamp> histograms;

  /// Bit for bit: -0 is not 0, and a NaN is itself.
  friend bool operator==(const DecodedSeries& a, const DecodedSeries& b);
};

struct Decoded {
  std::vector<DecodedSeries> series;
  ReplySummary summary;
};

inline constexpr DecodeLimits kNoLimits{UINT64_MAX, UINT64_MAX};

/// Decodes the concatenation of `chunks`. Throws what the decoder throws.
Decoded decode(const std::vector<std::string_view>& chunks, DecodeLimits limits = kNoLimits);

/// Decodes `body` in one piece.
Decoded decode(std::string_view body, DecodeLimits limits = kNoLimits);

/// `body` in chunks of `size` bytes.
std::vector<std::string_view> chunks_of(std::string_view body, std::size_t size);

/// The error that decoding `body` ends in, as `reason: message`; empty when there is none.
std::string decode_error(const std::vector<std::string_view>& chunks,
                         DecodeLimits limits = kNoLimits);
std::string decode_error(std::string_view body, DecodeLimits limits = kNoLimits);

}  // namespace downsampled
