// Feeds any bytes to the decoder of range queries. The first byte says how the rest is cut into
// chunks. Checks that the cut changes nothing, neither series nor error; and that what the decoder
// accepts is JSON in which simdjson reads the same series.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fuzz/require.h"
#include "unit/decode/decoded.h"
#include "unit/decode/whole_document.h"

using namespace downsampled;

namespace {

/// Chunks of 1 to 64 bytes, in an order that `seed` decides.
std::vector<std::string_view> cut(std::string_view body, std::uint32_t seed) {
  std::vector<std::string_view> chunks;
  for (; !body.empty(); body.remove_prefix(chunks.back().size())) {
    seed = seed * 1664525 + 1013904223;
    chunks.push_back(body.substr(0, 1 + (seed >> 24) % 64));
  }
  return chunks;
}

struct Outcome {
  Decoded decoded;
  std::string error;
};

Outcome outcome_of(const std::vector<std::string_view>& chunks) {
  try {
    return {decode(chunks), {}};
  } catch (const Error& error) {
    return {{}, error.message()};
  }
}

/// The oracle's times went through a double, so they may be off by a rounding.
bool same_times(Timestamp a, Timestamp b) {
  const auto x = static_cast<double>(a.time_since_epoch().count());
  const auto y = static_cast<double>(b.time_since_epoch().count());
  return std::abs(x - y) <= 1 + std::abs(x) * 0x1p-50;
}

void take_times_of(std::vector<DecodedSeries>& oracle, const std::vector<DecodedSeries>& ours) {
  require(oracle.size() == ours.size(), "another number of series than simdjson");
  for (std::size_t i = 0; i < ours.size(); ++i) {
    require(oracle[i].samples.size() == ours[i].samples.size(), "another number of samples");
    require(oracle[i].histograms.size() == ours[i].histograms.size(), "of histograms");
    for (std::size_t j = 0; j < ours[i].samples.size(); ++j) {
      Timestamp& time = oracle[i].samples[j].time;
      require(same_times(time, ours[i].samples[j].time), "another time than simdjson");
      time = ours[i].samples[j].time;
    }
    for (std::size_t j = 0; j < ours[i].histograms.size(); ++j) {
      Timestamp& time = oracle[i].histograms[j];
      require(same_times(time, ours[i].histograms[j]), "another time than simdjson");
      time = ours[i].histograms[j];
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = outcome_of({body});
  const Outcome chunked = outcome_of(cut(body, data[0]));
  require(whole.error == chunked.error, "another error in chunks");
  require(whole.decoded.series == chunked.decoded.series, "other series in chunks");
  if (!whole.error.empty()) return 0;
  auto oracle = read_whole_document(body);
  require(oracle.has_value(), "simdjson reads no matrix in what was accepted");
  take_times_of(*oracle, whole.decoded.series);
  require(whole.decoded.series == *oracle, "other series than simdjson");
  return 0;
}
