// The table of the subcommands and their options, one declaration each. The command line, --help,
// docs/configuration.md, the manual page and the completions are made from it.
// Constant after construction; safe to read from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/setting_kind.h"
#include "config/settings.h"

namespace downsampled {

/// A flag that one subcommand has and that has no variable.
struct CommandOption {
  std::string flag;  ///< `--from`
  Kind kind;
  std::string help;      ///< in sentences
  std::string standard;  ///< the default, as it would be given; may be empty
  std::string unset;     ///< what holds without it, where there is no default; empty: required

  bool required() const { return standard.empty() && unset.empty(); }
};

struct CommandEntry {
  std::optional<Command> command;           ///< empty: nothing by itself, only with a word more
  std::string name;                         ///< `check`, `journal status`
  std::string arguments;                    ///< `FILE...`; may be empty
  std::string help;                         ///< in sentences; the first alone says what it is for
  std::string exit_code;                    ///< which ones mean what
  bool asks_source = false;                 ///< else the settings of the source are not looked at
  std::vector<CommandOption> options = {};  ///< may be empty

  /// `journal` of `journal status`; empty for most.
  std::string_view parent() const;
  /// `status` of `journal status`.
  std::string_view word() const;
};

/// All subcommands, the default one first, and `journal` before `journal status`.
const std::vector<CommandEntry>& command_table();

/// The entry of a command.
const CommandEntry& entry_of(Command command);

/// The words that may follow `parent`; with "" those that come first.
std::vector<std::string> words_after(std::string_view parent);

/// Names of the subcommands that have such an option.
std::vector<std::string> owners_of(std::string_view flag);

}  // namespace downsampled
