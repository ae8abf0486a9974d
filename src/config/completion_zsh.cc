// zsh_completion() of completion.h.
#include <fmt/format.h>

#include "config/completion.h"
#include "config/completion_words.h"

namespace downsampled {
namespace {

constexpr std::string_view kZshHead = R"sh(#compdef downsampled
# zsh completion of downsampled. Made by downsampled --write-documentation=zsh.
local at command=
local -a settings=(
  '(-h --help)'{-h,--help}'[Print a help text and exit]'
  '--version[Print the version and exit]'
)sh";

std::string action(const FlagWord& word) {
  switch (word.value_kind()) {
    case ValueKind::file:
      return "_files";
    case ValueKind::directory:
      return "_files -/";
    case ValueKind::choice:
      return '(' + word.choices() + ')';
    case ValueKind::none:
    case ValueKind::text:
      break;
  }
  return "";
}

/// `'--flag=[what it is for]:VALUE:action'`, as `_arguments` takes it.
std::string specification(const FlagWord& word) {
  const std::string summary = escaped(word.summary, "[]:");
  if (word.value_kind() == ValueKind::none) {
    return shell_quoted(fmt::format("{}[{}]", word.flag, summary));
  }
  return shell_quoted(fmt::format("{}=[{}]:{}:{}", word.flag, summary,
                                  escaped(word.placeholder, ":"), action(word)));
}

/// Which words may come after `parent`, and what each is for, at the place where they stand.
std::string subcommands(std::string_view parent) {
  std::string words;
  for (const CommandEntry& entry : command_table()) {
    if (entry.parent() != parent) continue;
    words += fmt::format("{}{}\\:{}", words.empty() ? "" : " ", entry.word(),
                         shell_quoted(first_sentence(entry.help)));
  }
  return shell_quoted(fmt::format("{}:subcommand:(({}))", parent.empty() ? 1 : 2, words));
}

std::string branch(const CommandEntry& entry) {
  std::string more;
  for (const FlagWord& word : option_flags(entry)) more += "\n    " + specification(word);
  if (takes_files(entry)) more += "\n    '*:rule file:_files'";
  const std::string_view parent = entry.command ? entry.parent() : entry.name;
  if (!parent.empty()) more += "\n    " + subcommands(parent);
  return more.empty() ? ""
                      : fmt::format("  {}) settings+=({}) ;;\n", shell_quoted(entry.name), more);
}

}  // namespace

std::string zsh_completion() {
  std::string script(kZshHead);
  for (const FlagWord& word : setting_flags()) script += fmt::format("  {}\n", specification(word));
  script += fmt::format("  {}\n", subcommands(""));  // without it, nothing completes behind one
  script += fmt::format(")\nfor ((at = 2; at < CURRENT; at++)); do\n{}done\ncase $command in\n",
                        command_case("${words[at]}"));
  for (const CommandEntry& entry : command_table()) script += branch(entry);
  return script + "esac\n_arguments $settings\n";
}

}  // namespace downsampled
