// The rule files of the settings, read whole or not at all. Functions without state.
#pragma once

#include <vector>

#include "config/rule_file.h"
#include "config/settings.h"

namespace downsampled {

RuleDefaults rule_defaults(const Settings& settings, const std::vector<SourceSettings>& sources);

/// Logs what the files are warned of. Throws Error{config}, also when there is no rule.
Groups read_rules(const Settings& settings, const std::vector<SourceSettings>& sources);

}  // namespace downsampled
