// One entry of `sources` in the configuration file. Functions without state.
#pragma once

#include <filesystem>

#include "config/source_settings.h"
#include "config/yaml_mapping.h"

namespace downsampled {

/// Reads the source at `node`; what is wrong goes to `problems`, and the source is then not to be
/// used. What it does not say, `defaults` does.
SourceSettings read_source(const YAML::Node& node, const std::filesystem::path& folder,
                           const SourceSettings& defaults, Problems& problems);

}  // namespace downsampled
