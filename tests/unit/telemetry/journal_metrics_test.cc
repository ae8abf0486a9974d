#include "telemetry/journal_metrics.h"

#include <doctest/doctest.h>
#include <prometheus/metric_family.h>

#include <map>
#include <string>

#include "support/command.h"
#include "telemetry/metrics.h"
#include "telemetry/render.h"

namespace downsampled {
namespace {

std::map<std::string, double> collected(const prometheus::Collectable& collectable) {
  std::map<std::string, double> values;
  for (const auto& family : collectable.Collect()) {
    for (const auto& metric : family.metric) {
      values[family.name] += metric.gauge.value + metric.counter.value;
    }
  }
  return values;
}

TEST_CASE("what the journal holds is asked for at every scrape") {
  JournalNumbers numbers{.persistent = true,
                         .panes = 3,
                         .windows = 4,
                         .waiting_windows = 1,
                         .size = 8192,
                         .oldest_window = Timestamp(Duration(1500)),
                         .damaged = 2};
  const JournalMetrics metrics([&] { return numbers; });
  CHECK(collected(metrics) == std::map<std::string, double>{
                                  {"downsampled_journal_persistent", 1},
                                  {"downsampled_journal_size_bytes", 8192},
                                  {"downsampled_journal_panes", 3},
                                  {"downsampled_journal_windows", 4},
                                  {"downsampled_journal_memory_windows", 1},
                                  {"downsampled_journal_damaged_total", 2},
                                  {"downsampled_journal_oldest_window_timestamp_seconds", 1.5}});
  numbers = {};
  for (const auto& gauge : collected(metrics)) CHECK_MESSAGE(gauge.second == 0, gauge.first);
}

TEST_CASE("promtool finds nothing wrong with the metrics of the journal and of catch-up") {
  if (!has_command("promtool")) {
    MESSAGE("skipped: promtool is not installed");
    return;
  }
  const JournalMetrics journal([] { return JournalNumbers{}; });
  Metrics metrics("test");
  metrics.add_journal().duration.Observe(0.2);
  Group group{.name = "g", .file = "f"};
  group.rules.push_back({.record = "r"});
  const GroupMetrics of_group = metrics.add_group(group);
  const std::string page = render_metrics({&metrics, &journal}, ExpositionFormat::text);
  const CommandResult result = run_command("promtool check metrics", page);
  CHECK_MESSAGE(result.status == 0, result.output);
  for (const std::string line :
       {"downsampled_rule_windows_caught_up_total{rule=\"r\",rule_group=\"f;g\"} 0\n",
        "downsampled_rule_windows_lost_total{rule=\"r\",rule_group=\"f;g\"} 0\n",
        "downsampled_rule_windows_missing{rule=\"r\",rule_group=\"f;g\"} 0\n",
        "downsampled_journal_commits_total 0\n", "downsampled_journal_failures_total 0\n",
        "downsampled_journal_commit_duration_seconds_count 1\n"}) {
    CAPTURE(line);
    CHECK(page.find(line) != page.npos);
  }
}

}  // namespace
}  // namespace downsampled
