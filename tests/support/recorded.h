// Groups and snapshots for tests that publish.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/snapshot.h"

namespace downsampled {

/// A group with a rule a name; slots an hour apart, due half a minute later, stale after three
/// hours.
inline std::shared_ptr<const Group> group_of(const std::string& name,
                                             const std::vector<std::string>& records) {
  Group group;
  group.name = name;
  group.file = "rules.yaml";
  group.interval = std::chrono::hours(1);
  group.query_offset = std::chrono::seconds(30);
  group.stale_after = std::chrono::hours(3);
  for (const std::string& record : records) {
    Rule rule;
    rule.record = record;
    rule.help = record + " as group " + name + " has it.";
    rule.window = group.interval;
    group.rules.push_back(std::move(rule));
  }
  return std::make_shared<const Group>(std::move(group));
}

/// A window of the group's interval that ends at `end`: a series a value, labeled model="0", "1", …
inline RecordedWindow window_of(const Group& group, Timestamp end, std::vector<double> values) {
  RecordedWindow window;
  window.window = window_ending(end, group.interval);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string model = std::to_string(i);
    window.samples.push_back({LabelSet({{"group", group.name}, {"model", model}}), values[i]});
  }
  return window;
}

/// Every rule has the same values.
inline Snapshot snapshot_of(std::shared_ptr<const Group> group, Timestamp slot,
                            const std::vector<double>& values) {
  Snapshot snapshot{group, slot, {}};
  snapshot.windows.assign(group->rules.size(), window_of(*group, slot, values));
  return snapshot;
}

}  // namespace downsampled
