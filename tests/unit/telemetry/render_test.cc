#include "telemetry/render.h"

#include <doctest/doctest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/summary.h>

#include "support/command.h"
#include "support/golden.h"

namespace downsampled {
namespace {

/// A registry with a family of every type, and values that need all digits.
void fill(prometheus::Registry& registry) {
  using namespace prometheus;
  auto& requests = BuildCounter().Name("requests_total").Help("Requests.").Register(registry);
  requests.Add({{"code", "200"}}).Increment(3);
  requests.Add({{"code", "\"\\\n"}});
  BuildGauge().Name("share_ratio").Help("A \"share\".").Register(registry).Add({}).Set(0.1 + 0.2);
  BuildGauge().Name("childless").Help("Not shown.").Register(registry);
  auto& durations = BuildHistogram().Name("duration_seconds").Help("Durations.").Register(registry);
  auto& duration = durations.Add({{"source", "x"}}, Histogram::BucketBoundaries{0.5, 1, 10});
  for (const double seconds : {0.25, 1.5, 20.0}) duration.Observe(seconds);
}

std::string rendered(ExpositionFormat format) {
  prometheus::Registry registry;
  fill(registry);
  return render_metrics({&registry}, format);
}

TEST_CASE("self-metrics in text 0.0.4 are as the golden file says") {
  const std::string text = rendered(ExpositionFormat::text);
  CHECK(text == golden("self_metrics.txt", text));
}

TEST_CASE("self-metrics in OpenMetrics are as the golden file says") {
  const std::string text = rendered(ExpositionFormat::openmetrics);
  CHECK(text == golden("self_metrics.openmetrics", text));
}

TEST_CASE("promtool finds nothing wrong with the self-metrics") {
  if (!has_command("promtool")) {
    MESSAGE("skipped: promtool is not installed");
    return;
  }
  const CommandResult result =
      run_command("promtool check metrics", rendered(ExpositionFormat::text));
  CHECK_MESSAGE(result.status == 0, result.output);
}

TEST_CASE("a summary and an untyped metric have their own words") {
  prometheus::ClientMetric metric;
  metric.untyped.value = 2;
  metric.summary = {3, 4.5, {{0.5, 1}, {1, 2}}};
  std::string text;
  append_family(text, ExpositionFormat::text,
                {"u", "U.", prometheus::MetricType::Untyped, {metric}});
  append_family(text, ExpositionFormat::openmetrics,
                {"u", "U.", prometheus::MetricType::Untyped, {metric}});
  append_family(text, ExpositionFormat::openmetrics,
                {"s", "S.", prometheus::MetricType::Summary, {metric}});
  CHECK(text ==
        "# TYPE u untyped\n# HELP u U.\nu 2\n"
        "# TYPE u unknown\n# HELP u U.\nu 2\n"
        "# TYPE s summary\n# HELP s S.\n"
        "s{quantile=\"0.5\"} 1\ns{quantile=\"1.0\"} 2\ns_sum 4.5\ns_count 3\n");
}

TEST_CASE("several collectables are one page, sorted by name") {
  prometheus::Registry later;
  prometheus::Registry earlier;
  prometheus::BuildGauge().Name("b").Help("B.").Register(later).Add({});
  prometheus::BuildGauge().Name("a").Help("A.").Register(earlier).Add({});
  CHECK(render_metrics({&later, &earlier}, ExpositionFormat::text) ==
        "# TYPE a gauge\n# HELP a A.\na 0\n# TYPE b gauge\n# HELP b B.\nb 0\n");
}

}  // namespace
}  // namespace downsampled
