// The doorway to CLI11: takes the command line apart into a command and the texts of its flags.
// What the texts mean is the business of the tables of settings and of subcommands. Pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"

namespace downsampled {

struct CommandLine {
  Command command = Command::run;
  std::optional<std::string> printout;  ///< as in Settings
  /// By flag, of settings and of the command's options; only those that were given.
  std::map<std::string, std::vector<std::string>> values;
  std::vector<std::string> check_files;  ///< of `check`
  std::optional<std::string> probe_url;  ///< of `probe`
};

/// Throws Error{config} for what no flag or subcommand takes; never shows what stands after a `=`.
CommandLine read_command_line(int argc, const char* const* argv);

}  // namespace downsampled
