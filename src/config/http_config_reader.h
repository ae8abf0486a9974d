// The keys of Prometheus's `http_config`, wherever in the configuration file a server is described.
// https://prometheus.io/docs/prometheus/latest/configuration/configuration/#http_config
// Functions without state; no problem that they report shows the value of a key that may be secret.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/source_settings.h"
#include "config/yaml_mapping.h"

namespace downsampled {

/// Takes those keys out of the mapping. As in Prometheus, paths are relative to the `folder` of the
/// configuration file.
HttpSettings take_http_config(Mapping& mapping, const std::filesystem::path& folder,
                              Problems& problems);

/// The keys that it takes.
const std::vector<std::string>& http_config_keys();

}  // namespace downsampled
