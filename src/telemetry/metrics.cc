#include "telemetry/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "telemetry/values.h"

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

template <typename T>
void remove(prometheus::Family<T>& family, const prometheus::Labels& labels) {
  family.Remove(&family.Add(labels));  // which finds what is there
}

const prometheus::Histogram::BucketBoundaries kRequestDurations{0.01, 0.1, 0.5, 1,  5,
                                                                10,   30,  60,  120};

}  // namespace

Metrics::Metrics(std::string_view version)
    : slot_lag_(prometheus::BuildHistogram()
                    .Name("downsampled_slot_lag_seconds")
                    .Help("How long after its slot and query_offset a group's slot was begun.")
                    .Register(registry_)
                    .Add({}, prometheus::Histogram::BucketBoundaries{0.1, 0.5, 1, 2.5, 5, 7.5, 10,
                                                                     15, 20, 30, 60, 300})),
      requests_(counters(registry_, "downsampled_source_requests_total",
                         "Requests to a source by HTTP status, or by reason where none came.")),
      received_bytes_(counters(registry_, "downsampled_source_received_bytes_total",
                               "Bytes of replies as they came over the wire, still compressed.")),
      retries_(counters(registry_, "downsampled_source_retries_total",
                        "Evaluations and cut queries that were tried again.")),
      splits_(counters(registry_, "downsampled_source_query_splits_total",
                       "Queries that were too big for a source and were asked again in halves.")),
      limited_(gauges(registry_, "downsampled_source_limited_queries",
                      "Expressions that are asked in short pieces, because longer ones were too "
                      "big for the source.")),
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

std::vector<prometheus::MetricFamily> Metrics::Collect() const {
  std::vector<prometheus::MetricFamily> all = registry_.Collect();
  std::ranges::move(groups_.Collect(), std::back_inserter(all));
  return all;
}

SourceMetrics Metrics::add_source(const std::string& source) {
  const auto uses = uses_.lock();
  ++(*uses)[source];
  const prometheus::Labels labels{{"source", source}};
  SourceMetrics metrics{.requests = &requests_,
                        .source = source,
                        .received_bytes = received_bytes_.Add(labels),
                        .retries = retries_.Add(labels),
                        .splits = splits_.Add(labels),
                        .limited = limited_.Add(labels),
                        .warnings = warnings_.Add(labels),
                        .duration = request_duration_.Add(labels, kRequestDurations)};
  for (const Reason reason : {Reason::resolve, Reason::connect, Reason::tls, Reason::timeout}) {
    requests_.Add({{"source", source}, {"code", std::string(to_string(reason))}});
  }
  requests_.Add({{"source", source}, {"code", "200"}});
  return metrics;
}

void Metrics::remove_source(const std::string& source) {
  const auto uses = uses_.lock();
  const auto found = uses->find(source);
  if (--found->second > 0) return;
  uses->erase(found);
  const prometheus::Labels labels{{"source", source}};
  for (Counters* family : {&received_bytes_, &retries_, &splits_, &warnings_}) {
    remove(*family, labels);
  }
  remove(limited_, labels);
  request_duration_.Remove(&request_duration_.Add(labels, kRequestDurations));
  for (const prometheus::MetricFamily& family : requests_.Collect()) {  // whatever codes there were
    for (const prometheus::ClientMetric& metric : family.metric) {
      const auto of = [&](const char* name) {
        return std::ranges::find(metric.label, name, &prometheus::ClientMetric::Label::name)->value;
      };
      if (of("source") == source) remove(requests_, {{"source", source}, {"code", of("code")}});
    }
  }
}

JournalCounters Metrics::add_journal() {
  return {.commits = counters(registry_, "downsampled_journal_commits_total",
                              "What evaluations added to the journal, on disk or in memory.")
                         .Add({}),
          .failures = counters(registry_, "downsampled_journal_failures_total",
                               "Of these, those that the disk refused; they wait in memory.")
                          .Add({}),
          .duration = prometheus::BuildHistogram()
                          .Name("downsampled_journal_commit_duration_seconds")
                          .Help("How long adding to the journal took, syncing included.")
                          .Register(registry_)
                          .Add({}, prometheus::Histogram::BucketBoundaries{0.001, 0.005, 0.01, 0.05,
                                                                           0.1, 0.5, 1, 5})};
}

BlockMetrics Metrics::add_blocks() {
  BlockMetrics metrics{
      .blocks = &gauges(registry_, "downsampled_window_blocks",
                        "Merged blocks of panes that long windows keep in memory, by level: one "
                        "of level N is 2^N panes."),
      .bytes = gauges(registry_, "downsampled_window_block_bytes",
                      "Memory that the numbers of these blocks take.")
                   .Add({})};
  metrics.at(0);
  return metrics;
}

ReloadMetrics Metrics::add_reload() {
  return {
      .successful = gauges(registry_, "downsampled_config_last_reload_successful",
                           "Whether the rules and the configuration file were right when they "
                           "were last read; where not, what was read before still holds.")
                        .Add({}),
      .last_success = gauges(registry_, "downsampled_config_last_reload_success_timestamp_seconds",
                             "When the rules and the configuration file in use were read.")
                          .Add({})};
}

prometheus::Gauge& BlockMetrics::at(std::size_t level) const {
  return blocks->Add({{"level", fmt::to_string(level)}});
}

void SourceMetrics::count_request(std::string_view code) const {
  requests->Add({{"source", source}, {"code", std::string(code)}}).Increment();
}

}  // namespace downsampled
