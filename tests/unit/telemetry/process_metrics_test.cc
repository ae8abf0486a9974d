#include "telemetry/process_metrics.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <prometheus/metric_family.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/exposition.h"
#include "support/command.h"
#include "telemetry/render.h"

namespace downsampled {
namespace {

std::map<std::string, double> collected() {
  std::map<std::string, double> values;
  for (const auto& family : ProcessMetrics().Collect()) {
    values[family.name] = family.type == prometheus::MetricType::Counter
                              ? family.metric.at(0).counter.value
                              : family.metric.at(0).gauge.value;
  }
  return values;
}

TEST_CASE("all process metrics are there, with values that can be") {
  auto values = collected();
  CHECK(values.size() == 6);
  CHECK(values["process_resident_memory_bytes"] > 1e6);
  CHECK(values["process_virtual_memory_bytes"] > values["process_resident_memory_bytes"]);
  CHECK(values["process_max_fds"] >= values["process_open_fds"]);
  const double now = static_cast<double>(SystemClock().now().time_since_epoch().count()) / 1e3;
  CHECK(values["process_start_time_seconds"] < now + 2);
  CHECK(values["process_start_time_seconds"] > now - 3600);
}

TEST_CASE("open descriptors, memory and CPU time follow what the process does") {
  auto before = collected();
  const int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
  std::vector<char> memory(64 << 20, 'x');
  asm volatile("" : : "r"(memory.data()) : "memory");  // or clang leaves out what nobody reads
  volatile double sum = 0;
  for (int i = 0; i < 100'000'000; ++i) sum = sum + i;
  auto after = collected();
  close(descriptor);
  CHECK(after["process_open_fds"] == before["process_open_fds"] + 1);
  CHECK(after["process_resident_memory_bytes"] >
        before["process_resident_memory_bytes"] + static_cast<double>(memory.size()) * 0.9);
  CHECK(after["process_cpu_seconds_total"] > before["process_cpu_seconds_total"]);
}

TEST_CASE("promtool finds nothing wrong with the process metrics") {
  if (!has_command("promtool")) {
    MESSAGE("skipped: promtool is not installed");
    return;
  }
  const ProcessMetrics metrics;
  const CommandResult result =
      run_command("promtool check metrics", render_metrics({&metrics}, ExpositionFormat::text));
  CHECK_MESSAGE(result.status == 0, result.output);
}

}  // namespace
}  // namespace downsampled
