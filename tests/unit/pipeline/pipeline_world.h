// A group with all that its evaluations work on: a source that answers as the test says, a journal
// in memory, a clock that stands still. Windows are a minute, with a point every ten seconds.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/stages.h"
#include "support/fake_querier.h"
#include "support/manual_clock.h"

namespace downsampled::test {

using namespace std::chrono_literals;

/// The end of the n-th minute.
inline Timestamp minute(std::int64_t n) { return at(n * 60'000); }

inline Rule rule_of(std::string record, std::string expr, std::string coverage = "") {
  return {.record = std::move(record),
          .expr = std::move(expr),
          .coverage = std::move(coverage),
          .window = 60s};
}

inline Group group_of_minutes(std::vector<Rule> rules) {
  Group group{.name = "g",
              .file = "f",
              .interval = 60s,
              .step = 10s,
              .stale_after = 180s,
              .source = "default"};
  group.rules = std::move(rules);
  return group;
}

/// One rule, whose windows are longer than its minute.
inline Group group_of_long(Duration window) {
  Rule rule = rule_of("r", "e");
  rule.window = window;
  return group_of_minutes({std::move(rule)});
}

/// A series whose value is the number of its minute, in the minutes (from, to].
inline OwnedSeries minutes_of(const std::string& pod, std::int64_t from, std::int64_t to) {
  OwnedSeries series{.labels = LabelSet{{"pod", pod}}, .samples = {}};
  for (std::int64_t point = from * 6 + 1; point <= to * 6; ++point) {
    series.samples.push_back({at(point * 10'000), static_cast<double>((point + 5) / 6)});
  }
  return series;
}

/// How a source refuses a query that is wrong.
inline QueryReply wrong_query() {
  return {.status = 400,
          .error_body = R"({"status":"error","errorType":"bad_data","error":)"
                        R"("1:1: parse error: unexpected end of input"})"};
}

struct PipelineWorld {
  explicit PipelineWorld(Group made, std::int64_t most_points = 11'000, Journal::Options kept = {},
                         std::uint64_t reply_bytes = 8 << 20)
      : journal(std::move(kept), clock),
        sizes({.max_points = most_points, .reply_bytes = reply_bytes}),
        group(std::make_shared<const Group>(std::move(made))) {
    group_metrics.push_back(metrics.add_group(*group));
  }

  Stages stages() {
    return {.querier = querier,
            .journal = journal,
            .clock = clock,
            .source = source,
            .blocks = blocks,
            .remarks = remarks,
            .sizes = sizes,
            .asked = asked,
            .retention = retention,
            .decode_limits = {1 << 20, 1 << 20}};
  }

  Deadline deadline() { return {.time = clock.steady_now() + 1s, .stop = {}}; }
  RuleKey key(std::size_t rule = 0) const { return rule_key(*group, group->rules[rule]); }

  /// Of the rule with this name: the counter or gauge `downsampled_rule_<name>`.
  double value(const std::string& name, const std::string& rule, std::string_view reason = "") {
    for (const auto& family : metrics.Collect()) {
      if (family.name != "downsampled_rule_" + name) continue;
      for (const auto& metric : family.metric) {
        std::map<std::string, std::string> labels;
        for (const auto& label : metric.label) labels[label.name] = label.value;
        if (labels["rule"] == rule && labels["reason"] == reason) {
          return metric.counter.value + metric.gauge.value;  // one of them is 0
        }
      }
    }
    return -1;
  }

  double failures(const std::string& rule, Reason reason) {
    return value("evaluation_failures_total", rule, to_string(reason));
  }

  FakeQuerier querier;
  ManualClock clock{minute(100)};
  Journal journal;
  Remarks remarks;
  QuerySizes sizes;
  AskedPanes asked;
  SourceRetention retention{querier, clock, {}};
  Metrics metrics{"test"};
  SourceMetrics source = metrics.add_source("default");
  BlockMetrics blocks = metrics.add_blocks();
  std::shared_ptr<const Group> group;
  std::vector<GroupMetrics> group_metrics;
};

}  // namespace downsampled::test
