#include "telemetry/metrics.h"

#include <fmt/format.h>

#include <chrono>
#include <set>
#include <utility>

namespace downsampled {
namespace {

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& registry, const char* name,
                                                  const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Gauge>& gauges(prometheus::Registry& registry, const char* name,
                                              const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

double in_seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

Metrics::Metrics(std::string_view version)
    : evaluations_(counters(registry_, "downsampled_rule_evaluations_total",
                            "Evaluations of a rule, retries included.")),
      failures_(counters(registry_, "downsampled_rule_evaluation_failures_total",
                         "Evaluations of a rule that failed, by reason.")),
      histograms_skipped_(counters(
          registry_, "downsampled_rule_native_histograms_skipped_total",
          "Native histogram samples that a rule's expression returned; they are no numbers "
          "and are left out.")),
      rule_duration_(gauges(registry_, "downsampled_rule_last_duration_seconds",
                            "How long the last evaluation of the rule took.")),
      rule_success_(gauges(registry_, "downsampled_rule_last_success_timestamp_seconds",
                           "When the rule was last evaluated without a failure.")),
      window_end_(gauges(registry_, "downsampled_rule_window_end_timestamp_seconds",
                         "End of the newest window that was recorded for the rule.")),
      covered_(gauges(registry_, "downsampled_rule_window_covered_ratio",
                      "Share of that window's grid points that the coverage expression covers.")),
      series_(gauges(registry_, "downsampled_rule_last_evaluation_series",
                     "Series recorded for that window.")),
      samples_(gauges(registry_, "downsampled_rule_last_evaluation_samples",
                      "Samples that the rule's expression returned for that window.")),
      iterations_(counters(registry_, "downsampled_rule_group_iterations_total",
                           "Slots of the group that were evaluated, retries not counted.")),
      iterations_missed_(counters(registry_, "downsampled_rule_group_iterations_missed_total",
                                  "Slots of the group that passed without an evaluation.")),
      interval_(gauges(registry_, "downsampled_rule_group_interval_seconds",
                       "The interval of the group.")),
      group_duration_(gauges(registry_, "downsampled_rule_group_last_duration_seconds",
                             "How long the last evaluation of the group took.")),
      group_evaluation_(gauges(registry_,
                               "downsampled_rule_group_last_evaluation_timestamp_seconds",
                               "When the group was last evaluated.")),
      requests_(counters(registry_, "downsampled_source_requests_total",
                         "Requests to a source by HTTP status, or by reason where none came.")),
      received_bytes_(counters(registry_, "downsampled_source_received_bytes_total",
                               "Bytes of replies as they came over the wire, still compressed.")),
      retries_(counters(registry_, "downsampled_source_retries_total",
                        "Evaluations and cut queries that were tried again.")),
      warnings_(counters(registry_, "downsampled_source_warnings_total",
                         "Warnings that a source sent along with its replies.")),
      request_duration_(prometheus::BuildHistogram()
                            .Name("downsampled_source_request_duration_seconds")
                            .Help("How long requests to a source took, body included.")
                            .Register(registry_)) {
  gauges(registry_, "downsampled_build_info", "What this program was built from; always 1.")
      .Add({{"version", std::string(version)}, {"compiler", __VERSION__}})
      .Set(1);
}

GroupMetrics Metrics::add_group(const Group& group) {
  const prometheus::Labels labels{{"rule_group", group.id()}};
  interval_.Add(labels).Set(in_seconds(group.interval));
  GroupMetrics metrics{.iterations = iterations_.Add(labels),
                       .iterations_missed = iterations_missed_.Add(labels),
                       .last_duration = group_duration_.Add(labels),
                       .last_evaluation = group_evaluation_.Add(labels),
                       .rules = {}};
  std::set<std::string> names;
  for (const Rule& rule : group.rules) {
    std::string name = rule.record;
    if (!names.insert(name).second) name += fmt::format("#{}", metrics.rules.size() + 1);
    metrics.rules.push_back(add_rule({{"rule_group", group.id()}, {"rule", std::move(name)}}));
  }
  return metrics;
}

RuleMetrics Metrics::add_rule(const prometheus::Labels& labels) {
  RuleMetrics metrics{.evaluations = evaluations_.Add(labels),
                      .failures = {},
                      .histograms_skipped = histograms_skipped_.Add(labels),
                      .last_duration = rule_duration_.Add(labels),
                      .last_success = rule_success_.Add(labels),
                      .window_end = window_end_.Add(labels),
                      .covered = covered_.Add(labels),
                      .series = series_.Add(labels),
                      .samples = samples_.Add(labels)};
  for (const Reason reason : kAllReasons) {
    prometheus::Labels with_reason = labels;
    with_reason.emplace("reason", to_string(reason));
    metrics.failures.emplace(reason, &failures_.Add(with_reason));
  }
  return metrics;
}

SourceMetrics Metrics::add_source(const std::string& source) {
  const prometheus::Labels labels{{"source", source}};
  SourceMetrics metrics{
      .requests = &requests_,
      .source = source,
      .received_bytes = received_bytes_.Add(labels),
      .retries = retries_.Add(labels),
      .warnings = warnings_.Add(labels),
      .duration = request_duration_.Add(
          labels, prometheus::Histogram::BucketBoundaries{0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 120})};
  for (const Reason reason : {Reason::resolve, Reason::connect, Reason::tls, Reason::timeout}) {
    requests_.Add({{"source", source}, {"code", std::string(to_string(reason))}});
  }
  requests_.Add({{"source", source}, {"code", "200"}});
  return metrics;
}

void SourceMetrics::count_request(std::string_view code) const {
  requests->Add({{"source", source}, {"code", std::string(code)}}).Increment();
}

}  // namespace downsampled
