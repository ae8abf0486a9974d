#include "config/group_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/duration.h"
#include "config/rule_reader.h"
#include "config/spelling.h"
#include "config/step.h"

namespace downsampled {
namespace {

// Of every series it is kept at which of them it was there; a year at 15s has 2.1 million.
constexpr Duration::rep kMostPoints = 10'000'000;

void take_times(Mapping& mapping, const RuleDefaults& defaults, Group& group, Problems& problems) {
  group.interval = mapping.take_duration("interval", Duration::zero()).value_or(Duration::zero());
  // As in Prometheus, 0 is the same as none.
  if (group.interval == Duration::zero()) group.interval = defaults.time_period;
  group.query_offset =
      mapping.take_duration("query_offset", Duration::zero()).value_or(defaults.query_offset);
  const std::size_t line = mapping.line_of_key("eval_offset");
  group.eval_offset =
      mapping.take_duration("eval_offset", Duration::zero()).value_or(Duration::zero());
  if (group.eval_offset >= group.interval) {
    problems.add(line,
                 fmt::format("eval_offset {} is not within interval {}; want less than that",
                             format_duration(group.eval_offset), format_duration(group.interval)));
  }
  group.stale_after = mapping.take_duration("stale_after", kOverZero).value_or(3 * group.interval);
}

void take_source(Mapping& mapping, const RuleDefaults& defaults, Group& group, Problems& problems) {
  const std::size_t line = mapping.line_of_key("source");
  const std::vector<std::string>& known = defaults.sources;
  const auto named = mapping.take_text("source");
  group.source = named.value_or(kDefaultSource);
  if (std::ranges::find(known, group.source) != known.end()) return;
  const std::string wanted =
      fmt::format("{} {}", known.size() == 1 ? "source:" : "one of", fmt::join(known, ", "));
  problems.add(line, named ? fmt::format("there is no source {:?}{}; want {}, or another entry of "
                                         "sources in --config.file",
                                         group.source, did_you_mean(group.source, known), wanted)
                           : fmt::format("the group names no source, and none is called {:?}; want "
                                         "source: with {}, or PROMETHEUS_URL set",
                                         group.source, wanted));
}

/// The group's step, the setting's, or a computed one; `given` is the group's own, at `line`.
void settle_step(std::optional<Duration> given, std::size_t line, const RuleDefaults& defaults,
                 Group& group, Problems& problems) {
  std::vector<Duration> lengths = {group.interval};
  for (const Rule& rule : group.rules) {
    if (rule.window > Duration::zero()) lengths.push_back(rule.window);  // 0: it is refused anyway
  }
  const std::optional<Duration> wanted = given ? given : defaults.step;
  group.step = wanted.value_or(computed_step(lengths));
  const std::string step = fmt::format("step {}{}", format_duration(group.step),
                                       given || !wanted ? "" : " (the setting STEP)");
  for (const Duration length : lengths) {
    if (group.step > length) {
      problems.add(line, fmt::format("{} is longer than the window {}; want at most that", step,
                                     format_duration(length)));
      return;
    }
    if (length / group.step > kMostPoints) {
      problems.add(line, fmt::format("{} makes over {} points of the window {}; want a longer step",
                                     step, kMostPoints, format_duration(length)));
      return;
    }
  }
}

void take_group_name(Mapping& mapping, Group& group, Problems& problems) {
  const std::size_t line = mapping.line_of_key("name");
  group.name = mapping.take_text("name").value_or("");
  if (group.name.empty()) problems.add(line, "the group has no name; want name: and its text");
}

}  // namespace

Group read_group(const YAML::Node& node, const std::string& file, const RuleDefaults& defaults,
                 Problems& problems) {
  Group group;
  group.file = file;
  Mapping mapping(node, "a group", problems);
  group.line = mapping.line();
  if (!node.IsMap()) return group;
  take_group_name(mapping, group, problems);
  take_times(mapping, defaults, group, problems);
  take_source(mapping, defaults, group, problems);
  // As in Prometheus, a negative limit is the same as none.
  group.limit =
      static_cast<std::size_t>(std::max<std::int64_t>(mapping.take_number("limit").value_or(0), 0));
  const std::size_t step_line = mapping.line_of_key("step");
  const auto step = mapping.take_duration("step", kOverZero);
  const SharedKeys shared = take_shared_keys(mapping, problems);
  for (const YAML::Node& rule : mapping.take_list("rules")) {
    group.rules.push_back(read_rule(rule, shared, group.interval, problems));
  }
  settle_step(step, step_line, defaults, group, problems);
  mapping.refuse_rest({"name", "interval", "query_offset", "eval_offset", "step", "stale_after",
                       "source", "limit", "labels", "coverage", "window", "aggregate", "absent",
                       "partial", "rules"});
  return group;
}

}  // namespace downsampled
