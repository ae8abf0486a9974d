// Which servers can be asked: those of the configuration file, and the one that the flags and
// variables describe. Functions without state; the file may be read again at any time.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace downsampled {

/// Those of --config.file and `default`, which is the one of --prometheus.url and its like. Throws
/// Error{config} with a line `file:line: …` for each mistake in the file, and where the file and
/// the settings both describe `default`. No message shows a secret.
std::vector<SourceSettings> read_sources(const Settings& settings);

/// Their names, in their order.
std::vector<std::string> names_of(const std::vector<SourceSettings>& sources);

}  // namespace downsampled
