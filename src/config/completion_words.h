// What the completions of all shells are made of: flags as they are completed, and texts of the
// tables as scripts hold them. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/command_table.h"
#include "config/setting_table.h"

namespace downsampled {

/// What may follow a flag.
enum class ValueKind { none, text, file, directory, choice };

/// A flag of a setting or of a subcommand.
struct FlagWord {
  std::string flag;
  std::string placeholder;  ///< empty for a switch
  std::string summary;      ///< the first sentence of its help, without the full stop

  ValueKind value_kind() const;
  /// `debug info warn error`, of a choice.
  std::string choices() const;
};

/// The flags of all settings.
std::vector<FlagWord> setting_flags();
std::vector<FlagWord> option_flags(const CommandEntry& entry);
/// Both, each flag once.
std::vector<FlagWord> all_flags();

/// Whether rule files follow the subcommand.
bool takes_files(const CommandEntry& entry);

/// The first sentence, without its full stop.
std::string first_sentence(std::string_view help);

/// `text` with a backslash before each of `special`.
std::string escaped(std::string_view text, std::string_view special);

/// In single quotes, as bash and zsh read them.
std::string shell_quoted(std::string_view text);

/// The `case` branch of bash and zsh that knows a subcommand by its words, inside a loop over
/// the words of the line; `word` is how the script spells the word.
std::string command_case(std::string_view word);

}  // namespace downsampled
