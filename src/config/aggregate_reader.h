// The aggregates as rule files and the help of a gauge name them.
#pragma once

#include <optional>
#include <string>

#include "config/yaml_mapping.h"
#include "model/rule.h"

namespace downsampled {

/// The value of `aggregate`; none where the key is not there, or its value is a problem.
std::optional<Aggregate> take_aggregate(Mapping& mapping, Problems& problems);

/// What stands before the length of the window in a gauge's HELP.
std::string in_words(Aggregate aggregate);

}  // namespace downsampled
