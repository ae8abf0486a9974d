#include "matrix_body.h"

#include <fmt/format.h>

#include <random>

namespace downsampled::bench {
namespace {

std::string value_text(Values values, std::mt19937_64& random) {
  const double fraction = std::uniform_real_distribution<>(0, 8)(random);
  const auto integer = std::uniform_int_distribution<std::int64_t>(0, 8'000'000'000)(random);
  switch (values) {
    case Values::fractions:
      return fmt::format("{:.17}", fraction);
    case Values::integers:
      return fmt::format("{}", integer);
    case Values::mixed:
      break;
  }
  switch (random() % 8) {
    case 0:
      return "0";
    case 1:
      return "1";
    case 2:
      return fmt::format("{}", integer);
    case 3:
      return fmt::format("{:.3f}", fraction);
    case 4:
      return random() % 16 == 0 ? "NaN" : "0.25";
    case 5:
      return random() % 16 == 0 ? "+Inf" : "16.5";
    default:
      return fmt::format("{:.17}", fraction);
  }
}

std::string metric_text(std::size_t series) {
  return fmt::format(
      R"({{"__name__":"container_cpu_usage_seconds_total","container":"classifier",)"
      R"("cpu":"total","endpoint":"https-metrics","id":"/kubepods/burstable/pod{0:08x}-4f7a",)"
      R"("image":"docker.io/seldonio/sklearnserver:1.14.0","instance":"10.0.0.{1}:10250",)"
      R"("job":"kubelet","namespace":"models-{2}","pod":"iris-default-0-classifier-{0:x}"}})",
      series, series % 250, series % 7);
}

}  // namespace

std::string matrix_body(std::size_t bytes, std::size_t samples_per_series, Values values) {
  std::mt19937_64 random(1);
  std::string body = R"({"status":"success","data":{"resultType":"matrix","result":[)";
  for (std::size_t series = 0; body.size() < bytes; ++series) {
    body += fmt::format(R"({}{{"metric":{},"values":[)", series ? "," : "", metric_text(series));
    for (std::size_t i = 0; i < samples_per_series; ++i) {
      const auto time = (kFirstSample + static_cast<int>(i) * kStep).time_since_epoch().count();
      body += fmt::format(R"({}[{}.{:03},"{}"])", i ? "," : "", time / 1000, time % 1000,
                          value_text(values, random));
    }
    body += "]}";
  }
  return body + "]}}";
}

}  // namespace downsampled::bench
