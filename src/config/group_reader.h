// One group of a rule file: its keys, checks and defaults. rule_file.cc does the rest of the file.
// Functions without state.
#pragma once

#include <string>

#include "config/rule_file.h"
#include "config/yaml_mapping.h"

namespace downsampled {

/// Reads the group at `node`; what is wrong goes to `problems`, and the group is then not to be
/// used.
Group read_group(const YAML::Node& node, const std::string& file, const RuleDefaults& defaults,
                 Problems& problems);

}  // namespace downsampled
