#include "telemetry/group_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "telemetry/values.h"

namespace downsampled {
namespace {

using prometheus::ClientMetric;
using prometheus::Counter;
using prometheus::Gauge;
using prometheus::MetricFamily;

template <typename Metrics>
struct Description {
  const char* name;  // behind downsampled_rule_
  const char* help;
  Counter Metrics::*counter;
  Gauge Metrics::*gauge;  // or this
};

constexpr Description<RuleMetrics> kOfRules[] = {
    {"evaluations_total", "Evaluations of a rule, retries included.", &RuleMetrics::evaluations,
     nullptr},
    {"native_histograms_skipped_total",
     "Native histogram samples that a rule's expression returned; they are no numbers and are left "
     "out.",
     &RuleMetrics::histograms_skipped, nullptr},
    {"last_duration_seconds", "How long the last evaluation of the rule took.", nullptr,
     &RuleMetrics::last_duration},
    {"last_success_timestamp_seconds", "When the rule was last evaluated without a failure.",
     nullptr, &RuleMetrics::last_success},
    {"window_end_timestamp_seconds", "End of the newest window that was recorded for the rule.",
     nullptr, &RuleMetrics::window_end},
    {"window_covered_ratio",
     "Share of that window's grid points that the coverage expression covers.", nullptr,
     &RuleMetrics::covered},
    {"last_evaluation_series", "Series recorded for that window.", nullptr, &RuleMetrics::series},
    {"last_evaluation_samples",
     "Samples that the rule's expression returned for that window, or for its newest pane.",
     nullptr, &RuleMetrics::samples},
    {"windows_caught_up_total",
     "Windows of the rule that were recorded after their slot had passed.", &RuleMetrics::caught_up,
     nullptr},
    {"windows_lost_total",
     "Windows of the rule that were given up, being older than --catch-up.max-age.",
     &RuleMetrics::lost, nullptr},
    {"windows_missing", "Windows of passed slots that the rule has not recorded yet.", nullptr,
     &RuleMetrics::missing},
    {"panes_missing", "Panes of the rule's long windows that are still to be asked for.", nullptr,
     &RuleMetrics::panes_missing},
    {"panes_filled_total", "Panes of the rule's long windows that were asked for beside its slots.",
     &RuleMetrics::panes_filled, nullptr},
    {"panes_lost_total",
     "Panes of the rule's long windows that the source refused for good or no longer has; windows "
     "over them do without.",
     &RuleMetrics::panes_lost, nullptr},
    {"last_evaluation_panes_read",
     "Panes that the rule's long window took at its last slot, from the journal or new.", nullptr,
     &RuleMetrics::panes_read}};

constexpr Description<SlotMetrics> kOfGroups[] = {
    {"group_iterations_total", "Slots of the group that were evaluated, retries not counted.",
     &SlotMetrics::iterations, nullptr},
    {"group_iterations_missed_total", "Slots of the group that passed without an evaluation.",
     &SlotMetrics::iterations_missed, nullptr},
    {"group_interval_seconds", "The interval of the group.", nullptr, &SlotMetrics::interval},
    {"group_last_duration_seconds", "How long the last evaluation of the group took.", nullptr,
     &SlotMetrics::last_duration},
    {"group_last_evaluation_timestamp_seconds", "When the group was last evaluated.", nullptr,
     &SlotMetrics::last_evaluation},
    {"group_last_slot_lag_seconds",
     "How long after its slot and query_offset the group's last slot was begun.", nullptr,
     &SlotMetrics::last_slot_lag}};

using Labels = std::vector<ClientMetric::Label>;

Labels labels_of(const std::string& group) { return {{"rule_group", group}}; }

Labels labels_of(const std::pair<std::string, std::string>& rule) {
  return {{"rule_group", rule.first}, {"rule", rule.second}};  // as the map sorts them
}

ClientMetric with_labels(ClientMetric metric, Labels labels) {
  metric.label = std::move(labels);
  return metric;
}

template <typename T>
using Held = std::vector<std::pair<Labels, std::shared_ptr<T>>>;

/// Those that somebody holds; the others are forgotten.
template <typename Key, typename T>
Held<T> held(std::map<Key, std::weak_ptr<T>>& known) {
  Held<T> held;
  std::erase_if(known, [&](const auto& entry) {
    auto metrics = entry.second.lock();
    if (!metrics) return true;
    held.emplace_back(labels_of(entry.first), std::move(metrics));
    return false;
  });
  return held;
}

template <typename T>
MetricFamily family_of(const Description<T>& described, const Held<T>& all) {
  MetricFamily family{
      std::string("downsampled_rule_") + described.name,
      described.help,
      described.counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge,
      {}};
  for (const auto& [labels, metrics] : all) {
    family.metric.push_back(with_labels(described.counter
                                            ? ((*metrics).*described.counter).Collect()
                                            : ((*metrics).*described.gauge).Collect(),
                                        labels));
  }
  return family;
}

/// Names, sorted, and places in kAllReasons.
const std::map<std::string, std::size_t>& reasons() {
  static const std::map<std::string, std::size_t> sorted = [] {
    std::map<std::string, std::size_t> places;
    for (const Reason reason : kAllReasons) places.emplace(to_string(reason), places.size());
    return places;
  }();
  return sorted;
}

MetricFamily failures_of(const Held<RuleMetrics>& rules) {
  MetricFamily family{"downsampled_rule_evaluation_failures_total",
                      "Evaluations of a rule that failed, by reason.",
                      prometheus::MetricType::Counter,
                      {}};
  for (const auto& [labels, metrics] : rules) {
    for (const auto& [reason, place] : reasons()) {
      Labels with_reason = labels;
      with_reason.push_back({"reason", reason});
      family.metric.push_back(
          with_labels(metrics->failures[place].Collect(), std::move(with_reason)));
    }
  }
  return family;
}

template <typename Key, typename T>
std::shared_ptr<T> shared(std::map<Key, std::weak_ptr<T>>& known, const Key& key) {
  std::weak_ptr<T>& place = known[key];
  auto metrics = place.lock();
  if (!metrics) place = metrics = std::make_shared<T>();
  return metrics;
}

}  // namespace

void RuleMetrics::count_failure(Reason reason) {
  const auto* const place = std::ranges::find(kAllReasons, reason);
  failures[static_cast<std::size_t>(place - std::begin(kAllReasons))].Increment();
}

GroupMetrics AllGroupMetrics::add(const Group& group, prometheus::Histogram& slot_lag) {
  const auto known = known_.lock();
  GroupMetrics metrics{shared(known->groups, group.id()), &slot_lag, {}};
  metrics.slots->interval.Set(in_seconds(group.interval));
  std::set<std::string> names;
  for (const Rule& rule : group.rules) {
    std::string name = rule.record;
    if (!names.insert(name).second) name += fmt::format("#{}", metrics.rules.size() + 1);
    metrics.rules.push_back(shared(known->rules, {group.id(), std::move(name)}));
  }
  return metrics;
}

std::vector<MetricFamily> AllGroupMetrics::Collect() const {
  const auto [groups, rules] = [this] {
    const auto known = known_.lock();
    return std::pair(held(known->groups), held(known->rules));
  }();
  std::vector<MetricFamily> families;
  for (const auto& described : kOfGroups) families.push_back(family_of(described, groups));
  for (const auto& described : kOfRules) families.push_back(family_of(described, rules));
  families.push_back(failures_of(rules));
  return families;
}

}  // namespace downsampled
