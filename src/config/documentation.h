// What people read about settings and subcommands, made from their tables: the parts of --help and
// the page docs/configuration.md (which a test compares with configuration_page()).
// Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "config/command_table.h"
#include "config/setting_table.h"

namespace downsampled {

/// `downsampled 0.1.0`, with a line end.
std::string version_line();

/// The head and the foot of --help: what the program is; variables that are no flags; examples.
std::string introduction();
std::string closing();

/// Meaning, default and variable of a setting, for --help.
std::string describe(const Setting& setting);

/// Meaning, bounds and default of a subcommand's option.
std::string describe(const CommandOption& option);

/// `text` with line ends between words, so that no line of several words is wider than `width`.
std::string fill_lines(std::string_view text, std::size_t width);

/// Calls of the program that show what it can, a line each, indented.
std::string examples();

/// docs/configuration.md, whole.
std::string configuration_page();

/// What --write-documentation prints: `markdown` is configuration_page(), `man` the manual page,
/// and `bash`, `zsh` and `fish` what those complete. Throws Error{config} for anything else.
std::string documentation(std::string_view format);

}  // namespace downsampled
