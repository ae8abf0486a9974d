// fish_completion() of completion.h.
#include <fmt/format.h>

#include "config/completion.h"
#include "config/completion_words.h"

namespace downsampled {
namespace {

constexpr std::string_view kFishHead =
    R"(# fish completion of downsampled. Made by downsampled --write-documentation=fish.
complete -c downsampled -f
complete -c downsampled -s h -l help -d 'Print a help text and exit'
complete -c downsampled -l version -d 'Print the version and exit'
)";

std::string quoted_for_fish(std::string_view text) { return '\'' + escaped(text, "\\'") + '\''; }

/// True where the words of the subcommand stand on the line.
std::string after(const CommandEntry& entry) {
  const std::string seen = "__fish_seen_subcommand_from ";
  const std::string own = seen + std::string(entry.word());
  return entry.parent().empty() ? own : seen + std::string(entry.parent()) + "; and " + own;
}

/// True where the last word of the subcommand may stand.
std::string before(const CommandEntry& entry) {
  if (entry.parent().empty()) return "__fish_use_subcommand";
  return fmt::format("__fish_seen_subcommand_from {}; and not __fish_seen_subcommand_from {}",
                     entry.parent(), fmt::join(words_after(entry.parent()), " "));
}

std::string value(const FlagWord& word) {
  switch (word.value_kind()) {
    case ValueKind::none:
      return "";
    case ValueKind::file:
      return " -r -F";
    case ValueKind::directory:
      return " -x -a '(__fish_complete_directories)'";
    case ValueKind::choice:
      return fmt::format(" -x -a '{}'", word.choices());
    case ValueKind::text:
      break;
  }
  return " -x";
}

std::string line(const FlagWord& word, const std::string& condition) {
  return fmt::format("complete -c downsampled{} -l {}{} -d {}\n", condition, word.flag.substr(2),
                     value(word), quoted_for_fish(word.summary));
}

}  // namespace

std::string fish_completion() {
  std::string script(kFishHead);
  for (const CommandEntry& entry : command_table()) {
    script += fmt::format("complete -c downsampled -n '{}' -a {} -d {}\n", before(entry),
                          entry.word(), quoted_for_fish(first_sentence(entry.help)));
    const std::string condition = fmt::format(" -n '{}'", after(entry));
    if (takes_files(entry)) script += fmt::format("complete -c downsampled{} -F\n", condition);
    for (const FlagWord& word : option_flags(entry)) script += line(word, condition);
  }
  for (const FlagWord& word : setting_flags()) script += line(word, "");
  return script;
}

}  // namespace downsampled
