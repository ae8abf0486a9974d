// One rule of a rule file, and the keys that a group can give for all its rules.
// Functions without state.
#pragma once

#include <optional>
#include <string>

#include "config/yaml_mapping.h"
#include "model/rule.h"

namespace downsampled {

/// The keys that may stand in a group and in a rule; the rule's win.
struct SharedKeys {
  RuleLabels labels;
  std::optional<std::string> coverage;
  std::optional<Duration> window;
  std::size_t window_line = 0;  ///< where it says so
  std::optional<Aggregate> aggregate;
  std::optional<Absent> absent;
  std::optional<bool> partial;
};

/// Takes the shared keys out of the mapping of a group or a rule.
SharedKeys take_shared_keys(Mapping& mapping, Problems& problems);

/// Reads the rule at `node`, in a group with these keys and this interval.
Rule read_rule(const YAML::Node& node, const SharedKeys& group, Duration interval,
               Problems& problems);

}  // namespace downsampled
