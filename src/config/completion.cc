#include "config/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "config/command_table.h"
#include "config/setting_table.h"

namespace downsampled {
namespace {

constexpr std::string_view kTime = "--time";
constexpr std::string_view kTimeHelp = "The windows complete at this time instead of now";

bool is_switch(const Setting& setting) { return setting.kind.placeholder.empty(); }

bool takes_files(const Setting& setting) {
  return setting.kind.placeholder == "FILE" || setting.kind.placeholder == "GLOBS";
}

/// `debug info warn error`; empty where any text may stand.
std::string choices(const Setting& setting) {
  std::string words = setting.kind.placeholder;
  if (words.find('|') == words.npos) return "";
  std::replace(words.begin(), words.end(), '|', ' ');
  return words;
}

/// What the help says first, without its full stop.
std::string first_sentence(std::string_view help) {
  return std::string(help.substr(0, std::min(help.find(". "), help.size() - 1)));
}

/// `text` with a backslash before each of `special`.
std::string escaped(std::string_view text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (special.find(c) != special.npos) result += '\\';
    result += c;
  }
  return result;
}

/// In single quotes, as bash and zsh read them.
std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + '\'';
}

std::string quoted_for_fish(std::string_view text) { return '\'' + escaped(text, "\\'") + '\''; }

/// All flags that `takes` says yes to, one behind the other.
template <typename Takes>
std::string flags(std::string_view separator, Takes takes) {
  std::string list;
  for (const Setting& setting : setting_table()) {
    if (setting.flag.empty() || !takes(setting)) continue;
    list += (list.empty() ? "" : std::string(separator)) + setting.flag;
  }
  return list;
}

std::string command_names(std::string_view separator) {
  std::string names;
  for (const CommandEntry& entry : command_table()) {
    names += (names.empty() ? "" : std::string(separator)) + entry.name;
  }
  return names;
}

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

constexpr std::string_view kBashFiles = R"sh(mapfile -t COMPREPLY < <(compgen -f -- "$word"))sh";

std::string bash_words(std::string_view words) {
  return fmt::format("mapfile -t COMPREPLY < <(compgen -W {} -- \"$word\")", words);
}

constexpr std::string_view kZshCommand = R"sh(if (( ${words[(I)check]} )); then
  settings+=('*:rule file:_files')
else
  settings+=("1:subcommand:(($subcommands))")
fi
_arguments $settings
)sh";

}  // namespace

std::string bash_completion() {
  const std::string all = flags(" ", [](const Setting&) { return true; });
  std::string script(kBashHead);
  script += fmt::format("  case ${{COMP_WORDS[before]}} in\n    {}) {}; return ;;\n",
                        flags("|", takes_files), kBashFiles);
  for (const Setting& setting : setting_table()) {
    if (choices(setting).empty()) continue;
    script +=
        fmt::format("    {}) {}; return ;;\n", setting.flag, bash_words(quoted(choices(setting))));
  }
  script += fmt::format("    {}|{}) return ;;  # any text\n  esac\n",
                        flags("|",
                              [](const Setting& setting) {
                                return !is_switch(setting) && !takes_files(setting) &&
                                       choices(setting).empty();
                              }),
                        kTime);
  script += fmt::format(
      "  for ((at = 1; at < COMP_CWORD; at++)); do\n"
      "    case ${{COMP_WORDS[at]}} in {}) command=${{COMP_WORDS[at]}} ;; esac\n"
      "  done\n",
      command_names("|"));
  script += fmt::format("  local words='{} --help --version'\n", all);
  script += fmt::format("  case $command in\n    '') words+=' {}' ;;\n    once) words+=' {}' ;;\n",
                        command_names(" "), kTime);
  script +=
      fmt::format("    check) [[ $word == -* ]] || {{ {}; return; }} ;;\n  esac\n", kBashFiles);
  script += fmt::format("  {}\n}}\ncomplete -o filenames -F _downsampled downsampled\n",
                        bash_words("\"$words\""));
  return script;
}

std::string zsh_completion() {
  std::string script = "#compdef downsampled\n";
  script += "# zsh completion of downsampled. Made by downsampled --write-documentation=zsh.\n";
  script += "local subcommands=";
  std::string described;
  for (const CommandEntry& entry : command_table()) {
    described += fmt::format("{}{}\\:{}", described.empty() ? "" : " ", entry.name,
                             quoted(first_sentence(entry.help)));
  }
  script += quoted(described) +
            "\nlocal -a settings=(\n  '(-h --help)'{-h,--help}'[Print a help "
            "text and exit]'\n  '--version[Print the version and exit]'\n";
  for (const Setting& setting : setting_table()) {
    if (setting.flag.empty()) continue;
    const std::string help = escaped(first_sentence(setting.help), "[]:");
    std::string value;
    if (!is_switch(setting)) {
      value = fmt::format(":{}:", escaped(setting.kind.placeholder, ":"));
      if (takes_files(setting)) value += "_files";
      if (!choices(setting).empty()) value += '(' + choices(setting) + ')';
    }
    script +=
        fmt::format("  {}\n", quoted(fmt::format("{}{}[{}]{}", setting.flag,
                                                 is_switch(setting) ? "" : "=", help, value)));
  }
  script += fmt::format(")\n(( ${{words[(I)once]}} )) && settings+=('{}=[{}]:time:')\n", kTime,
                        kTimeHelp);
  return script.append(kZshCommand);
}

std::string fish_completion() {
  std::string script =
      "# fish completion of downsampled. Made by downsampled --write-documentation=fish.\n"
      "complete -c downsampled -f\n"
      "complete -c downsampled -s h -l help -d 'Print a help text and exit'\n"
      "complete -c downsampled -l version -d 'Print the version and exit'\n";
  for (const CommandEntry& entry : command_table()) {
    script += fmt::format("complete -c downsampled -n __fish_use_subcommand -a {} -d {}\n",
                          entry.name, quoted_for_fish(first_sentence(entry.help)));
  }
  script += fmt::format(
      "complete -c downsampled -n '__fish_seen_subcommand_from once' -l {} -x -d "
      "{}\ncomplete -c downsampled -n '__fish_seen_subcommand_from check' -F\n",
      kTime.substr(2), quoted_for_fish(kTimeHelp));
  for (const Setting& setting : setting_table()) {
    if (setting.flag.empty()) continue;
    std::string value = is_switch(setting) ? "" : takes_files(setting) ? " -r -F" : " -x";
    if (!choices(setting).empty()) value += fmt::format(" -a '{}'", choices(setting));
    script += fmt::format("complete -c downsampled -l {}{} -d {}\n", setting.flag.substr(2), value,
                          quoted_for_fish(first_sentence(setting.help)));
  }
  return script;
}

}  // namespace downsampled
