// bash_completion() of completion.h.
#include <fmt/format.h>

#include "config/completion.h"
#include "config/completion_words.h"

namespace downsampled {
namespace {

constexpr std::string_view kBashHead =
    R"sh(# bash completion of downsampled. Made by downsampled --write-documentation=bash.
_downsampled() {
  local word=${COMP_WORDS[COMP_CWORD]} before=$((COMP_CWORD - 1)) at command=
  # To bash, the = between a flag and its value is a word of its own.
  if [[ $word == = ]]; then
    word=
  elif [[ ${COMP_WORDS[before]} == = ]]; then
    before=$((before - 1))
  fi
)sh";

/// What compgen makes of its `arguments` is offered.
std::string offer(std::string_view arguments) {
  return fmt::format("mapfile -t COMPREPLY < <(compgen {} -- \"$word\")", arguments);
}

std::string flags_of(const std::vector<FlagWord>& flags) {
  std::string list;
  for (const FlagWord& word : flags) list += (list.empty() ? "" : " ") + word.flag;
  return list;
}

/// A branch for each flag that a value follows.
std::string values() {
  std::string branches;
  for (const FlagWord& word : all_flags()) {
    std::string offered;
    switch (word.value_kind()) {
      case ValueKind::none:
        continue;
      case ValueKind::text:
        break;
      case ValueKind::file:
        offered = offer("-f") + "; ";
        break;
      case ValueKind::directory:
        offered = offer("-d") + "; ";
        break;
      case ValueKind::choice:
        offered = offer("-W " + shell_quoted(word.choices())) + "; ";
        break;
    }
    branches += fmt::format("    {}) {}return ;;\n", word.flag, offered);
  }
  return branches;
}

/// A branch for each subcommand that more words than settings follow.
std::string words_of_commands() {
  std::string branches = fmt::format("    '') words+=' {}' ;;\n", fmt::join(words_after(""), " "));
  for (const CommandEntry& entry : command_table()) {
    if (takes_files(entry)) {
      branches += fmt::format("    {}) [[ $word == -* ]] || {{ {}; return; }} ;;\n",
                              shell_quoted(entry.name), offer("-f"));
    }
    std::string more = flags_of(option_flags(entry));
    if (!entry.command) more = fmt::format("{}", fmt::join(words_after(entry.name), " "));
    if (!more.empty()) {
      branches += fmt::format("    {}) words+=' {}' ;;\n", shell_quoted(entry.name), more);
    }
  }
  return branches;
}

}  // namespace

std::string bash_completion() {
  std::string script(kBashHead);
  script += fmt::format("  case ${{COMP_WORDS[before]}} in\n{}  esac\n", values());
  script += fmt::format("  for ((at = 1; at < COMP_CWORD; at++)); do\n{}  done\n",
                        command_case("${COMP_WORDS[at]}"));
  script += fmt::format("  local words='{} --help --version'\n", flags_of(setting_flags()));
  script += fmt::format("  case $command in\n{}  esac\n", words_of_commands());
  script += fmt::format("  {}\n}}\ncomplete -o filenames -F _downsampled downsampled\n",
                        offer("-W \"$words\""));
  return script;
}

}  // namespace downsampled
