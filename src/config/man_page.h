// The manual page downsampled(1), made from the tables of settings and of subcommands.
// A pure function.
#pragma once

#include <string>

namespace downsampled {

/// In the man macros of groff_man(7).
std::string man_page();

}  // namespace downsampled
