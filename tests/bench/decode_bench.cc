// How fast is a reply decoded from a stream, beside a bare simdjson On-Demand walk of the same
// bytes, whole and in memory, that converts each value with std::from_chars and keeps nothing?
// And how fast is it decoded and reduced to a pane? The ratio of two is that of their
// bytes_per_second for the same values and samples, in one run.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "aggregate/pane_builder.h"
#include "decode/range_decoder.h"
#include "matrix_body.h"

namespace downsampled::bench {
namespace {

constexpr std::size_t kBodyBytes = 21'000'000;

const simdjson::padded_string& body_of(const benchmark::State& state) {
  static std::map<std::tuple<std::int64_t, std::int64_t>, simdjson::padded_string> bodies;
  auto& body = bodies[{state.range(0), state.range(1)}];
  if (body.size() == 0) {
    body = simdjson::padded_string(matrix_body(kBodyBytes, static_cast<std::size_t>(state.range(1)),
                                               static_cast<Values>(state.range(0))));
  }
  return body;
}

void count_bytes(benchmark::State& state) {
  const auto bytes = static_cast<std::int64_t>(body_of(state).size());
  state.SetBytesProcessed(bytes * static_cast<std::int64_t>(state.iterations()));
}

double value_of(std::string_view text) {
  if (text.front() == '+') text.remove_prefix(1);  // from_chars refuses it
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc())
    std::abort();
  return value;
}

/// The sum of all times and values, so that nothing can be left out.
double walk(simdjson::ondemand::parser& parser, const simdjson::padded_string& body) {
  double sum = 0;
  auto document = parser.iterate(body);
  for (auto series : document["data"]["result"]) {
    for (auto sample : series["values"]) {
      auto fields = sample.get_array().begin();
      sum += (*fields).get_double();
      ++fields;
      sum += value_of((*fields).get_string());
      ++fields;
    }
  }
  return sum;
}

void simdjson_walk(benchmark::State& state) {
  const simdjson::padded_string& body = body_of(state);
  simdjson::ondemand::parser parser;
  for (auto _ : state) benchmark::DoNotOptimize(walk(parser, body));
  count_bytes(state);
}

/// Decodes the body in chunks and hands each series to `take`.
template <typename Take>
void decode(std::string_view body, std::size_t chunk_bytes, Take take) {
  RangeDecoder decoder({.max_reply_bytes = UINT64_MAX, .max_series_bytes = UINT64_MAX}, take);
  while (!body.empty()) {
    const std::string_view chunk = body.substr(0, chunk_bytes);
    decoder.write(chunk);
    body.remove_prefix(chunk.size());
  }
  decoder.finish();
}

template <std::size_t kChunkBytes>
void decode_stream(benchmark::State& state) {
  const simdjson::padded_string& body = body_of(state);
  for (auto _ : state) {
    double sum = 0;
    decode(body, kChunkBytes, [&](const Series& series) {
      for (const Sample& sample : series.samples) sum += sample.value;
    });
    benchmark::DoNotOptimize(sum);
  }
  count_bytes(state);
}

/// The pane of all series, in which every point is covered.
template <std::size_t kChunkBytes>
void decode_and_aggregate(benchmark::State& state) {
  const simdjson::padded_string& body = body_of(state);
  const Grid grid{kFirstSample, kStep, state.range(1)};
  const Window window{grid.first - grid.step, grid.last()};
  const CoverageMask mask = CoverageMask::everything(grid);
  for (auto _ : state) {
    PaneBuilder pane(window, grid, mask, Fields{});
    decode(body, kChunkBytes, [&](const Series& series) { pane.add(series); });
    benchmark::DoNotOptimize(pane.finish());
  }
  count_bytes(state);
}

void bodies(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"values", "samples"});
  for (const Values values : {Values::fractions, Values::integers, Values::mixed}) {
    for (const std::int64_t samples : {4, 240, 11'000}) {
      benchmark->Args({static_cast<std::int64_t>(values), samples});
    }
  }
  benchmark->Unit(benchmark::kMillisecond)->MinTime(0.3);
}

BENCHMARK(simdjson_walk)->Apply(bodies);
BENCHMARK_TEMPLATE(decode_stream, 16 * 1024)->Apply(bodies);
BENCHMARK_TEMPLATE(decode_stream, 64 * 1024)->Apply(bodies);
BENCHMARK_TEMPLATE(decode_and_aggregate, 16 * 1024)->Apply(bodies);
BENCHMARK_TEMPLATE(decode_and_aggregate, 64 * 1024)->Apply(bodies);

}  // namespace
}  // namespace downsampled::bench

BENCHMARK_MAIN();
