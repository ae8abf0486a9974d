#include "telemetry/metrics.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>

namespace downsampled {
namespace {

Group group_of(std::vector<std::string> records) {
  Group group{.name = "g", .file = "f"};
  for (const std::string& record : records) group.rules.push_back({.record = record});
  return group;
}

/// How many children there are with that label, of all families.
std::size_t children(Metrics& metrics, const std::string& name, const std::string& value) {
  std::size_t count = 0;
  for (const auto& family : metrics.Collect()) {
    for (const auto& metric : family.metric) {
      count += static_cast<std::size_t>(std::ranges::count_if(metric.label, [&](const auto& label) {
        return label.name == name && label.value == value;
      }));
    }
  }
  return count;
}

TEST_CASE("all that a group has is on the page until nobody holds it any more") {
  Metrics metrics("test");
  Group other = group_of({"a"});
  other.name = "other";
  const GroupMetrics stays = metrics.add_group(other);
  const std::size_t of_other = children(metrics, "rule_group", other.id());
  const Group group = group_of({"a", "b", "a"});
  {
    const GroupMetrics goes = metrics.add_group(group);
    CHECK(children(metrics, "rule", "a#3") == of_other - 6);  // without those of the group itself
  }
  CHECK(children(metrics, "rule_group", group.id()) == 0);
  CHECK(children(metrics, "rule_group", other.id()) == of_other);
}

TEST_CASE("what two groups of one id share goes with the last of them, and counts on") {
  Metrics metrics("test");
  const Group before = group_of({"a", "b"});
  const Group after = group_of({"b", "c"});
  std::optional<GroupMetrics> first = metrics.add_group(before);
  first->rules.at(1)->evaluations.Increment();
  first->slots->iterations.Increment();
  const GroupMetrics second = metrics.add_group(after);
  CHECK(second.rules.at(0)->evaluations.Value() == 1);
  CHECK(second.slots->iterations.Value() == 1);
  first.reset();
  CHECK(children(metrics, "rule", "a") == 0);
  CHECK(children(metrics, "rule", "b") > 10);
  CHECK(children(metrics, "rule", "c") > 10);
}

TEST_CASE("a failure is counted by its reason") {
  Metrics metrics("test");
  const GroupMetrics group = metrics.add_group(group_of({"a"}));
  for (const Reason reason : kAllReasons) {
    CHECK(children(metrics, "reason", std::string(to_string(reason))) == 1);
    group.rules[0]->count_failure(reason);
  }
  for (const prometheus::Counter& failures : group.rules[0]->failures) {
    CHECK(failures.Value() == 1);
  }
}

TEST_CASE("a source that is removed leaves nothing behind, whatever codes it answered with") {
  Metrics metrics("test");
  metrics.add_source("stays");
  const std::size_t of_other = children(metrics, "source", "stays");
  metrics.add_source("goes").count_request("418");
  metrics.add_source("goes");
  metrics.remove_source("goes");
  CHECK(children(metrics, "code", "418") == 1);
  metrics.remove_source("goes");
  CHECK(children(metrics, "source", "goes") == 0);
  CHECK(children(metrics, "source", "stays") == of_other);
}

}  // namespace
}  // namespace downsampled
