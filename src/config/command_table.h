// The table of the subcommands, one declaration each. The command line, --help,
// docs/configuration.md, the manual page and the completions are made from it.
// Constant after construction; safe to read from any thread.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace downsampled {

struct CommandEntry {
  Command command;
  std::string name;       ///< `check`
  std::string arguments;  ///< `FILE...`; may be empty
  std::string help;       ///< in sentences; the first alone says what it is for
  std::string exit_code;  ///< which ones mean what
};

/// All subcommands, the default one first.
const std::vector<CommandEntry>& command_table();

}  // namespace downsampled
