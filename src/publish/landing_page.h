// The page at /: what this is, where to go from here, and where each group stands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "publish/exporter.h"

namespace downsampled {

/// HTML, in UTF-8; every value escaped.
std::string landing_page(std::string_view version, const std::vector<GroupStatus>& groups);

}  // namespace downsampled
