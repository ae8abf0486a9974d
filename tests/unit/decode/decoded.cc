#include "decoded.h"

#include <algorithm>
#include <bit>

#include "base/error.h"

namespace downsampled {

bool operator==(const DecodedSeries& a, const DecodedSeries& b) {
  const auto same = [](const Sample& x, const Sample& y) {
    return x.time == y.time &&
           std::bit_cast<std::uint64_t>(x.value) == std::bit_cast<std::uint64_t>(y.value);
  };
  return a.labels == b.labels && a.histograms == b.histograms &&
         std::equal(a.samples.begin(), a.samples.end(), b.samples.begin(), b.samples.end(), same);
}

Decoded decode(const std::vector<std::string_view>& chunks, DecodeLimits limits) {
  Decoded decoded;
  RangeDecoder decoder(limits, [&](const Series& series) {
    decoded.series.push_back({series.labels,
                              {series.samples.begin(), series.samples.end()},
                              {series.histograms.begin(), series.histograms.end()}});
  });
  for (const std::string_view chunk : chunks) decoder.write(chunk);
  decoder.finish();
  decoded.summary = decoder.summary();
  return decoded;
}

Decoded decode(std::string_view body, DecodeLimits limits) {
  return decode(std::vector<std::string_view>{body}, limits);
}

std::vector<std::string_view> chunks_of(std::string_view body, std::size_t size) {
  std::vector<std::string_view> chunks;
  for (; !body.empty(); body.remove_prefix(chunks.back().size())) {
    chunks.push_back(body.substr(0, size));
  }
  return chunks;
}

std::string decode_error(const std::vector<std::string_view>& chunks, DecodeLimits limits) {
  try {
    decode(chunks, limits);
  } catch (const Error& error) {
    return std::string(to_string(error.reason())) + ": " + error.message();
  }
  return {};
}

std::string decode_error(std::string_view body, DecodeLimits limits) {
  return decode_error(std::vector<std::string_view>{body}, limits);
}

}  // namespace downsampled
