// Small rules, panes and windows for what keeps them: a window a minute, a point every ten seconds.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "journal/store.h"
#include "support/series.h"

namespace downsampled::test {

/// The end of the n-th minute.
inline Timestamp minute(std::int64_t n) { return at(n * 60'000); }

inline RuleKey rule_key_of(std::string record, std::string expr = "e") {
  return {.panes = {.source = "default",
                    .expr = std::move(expr),
                    .coverage = "c",
                    .step = Duration(10'000),
                    .interval = Duration(60'000),
                    .width = Duration(60'000)},
          .record = std::move(record),
          .labels = {{"team", "a"}},
          .window = Duration(60'000)};
}

inline const RuleKey kRule = rule_key_of("r");
inline const PaneKey kKey = kRule.panes;

/// The window that ends with that minute: pod-0, pod-1, … with these values.
inline RecordedWindow window_at(std::int64_t n, const std::vector<double>& values,
                                const std::string& pods = "pod-") {
  RecordedWindow window{
      .window = {minute(n - 1), minute(n)}, .points = 6, .covered = 5, .samples = {}};
  for (std::size_t i = 0; i < values.size(); ++i) {
    window.samples.push_back({LabelSet{{"pod", pods + std::to_string(i)}}, values[i]});
  }
  return window;
}

/// A pane with a sample of each pod.
inline std::shared_ptr<const Pane> pane_at(std::int64_t n, const std::vector<double>& values,
                                           Fields fields = {}) {
  Pane pane{.window = {minute(n - 1), minute(n)},
            .fields = fields,
            .coverage = {.points = 6, .covered = 6, .newest = minute(n)},
            .samples = values.size(),
            .series = {}};
  for (std::size_t i = 0; i < values.size(); ++i) {
    PaneSeries series{
        .labels = LabelSet{{"pod", "pod-" + std::to_string(i)}}, .partial = {}, .presence = {}};
    series.partial.add({minute(n), values[i]}, fields);
    series.presence.add(5);
    pane.series.push_back(std::move(series));
  }
  return std::make_shared<const Pane>(std::move(pane));
}

/// Adds windows of a rule, in one piece.
template <typename To>
void add_windows(To& to, const RuleKey& rule, const std::vector<RecordedWindow>& windows,
                 const std::string& rule_group = "f;g") {
  Entries entries;
  for (const auto& window : windows) entries.windows.push_back({rule, rule_group, &window});
  to.add(entries);
}

template <typename To>
void add_pane(To& to, const PaneKey& key, std::shared_ptr<const Pane> pane) {
  to.add({.panes = {{key, std::move(pane)}}, .windows = {}});
}

/// The reason of the Error that this throws; none where it does not.
template <typename Act>
std::optional<Reason> reason_of(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return error.reason();
  }
  return std::nullopt;
}

}  // namespace downsampled::test
