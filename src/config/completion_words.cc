#include "config/completion_words.h"

#include <fmt/format.h>

#include <algorithm>

namespace downsampled {

ValueKind FlagWord::value_kind() const {
  if (placeholder.empty()) return ValueKind::none;
  if (placeholder == "FILE" || placeholder == "GLOBS") return ValueKind::file;
  if (placeholder == "DIRECTORY") return ValueKind::directory;
  return placeholder.find('|') == placeholder.npos ? ValueKind::text : ValueKind::choice;
}

std::string FlagWord::choices() const {
  std::string words = placeholder;
  std::replace(words.begin(), words.end(), '|', ' ');
  return words;
}

std::vector<FlagWord> setting_flags() {
  std::vector<FlagWord> flags;
  for (const Setting& setting : setting_table()) {
    if (setting.flag.empty()) continue;
    flags.push_back({setting.flag, setting.kind.placeholder, first_sentence(setting.help)});
  }
  return flags;
}

std::vector<FlagWord> option_flags(const CommandEntry& entry) {
  std::vector<FlagWord> flags;
  for (const CommandOption& option : entry.options) {
    flags.push_back({option.flag, option.kind.placeholder, first_sentence(option.help)});
  }
  return flags;
}

std::vector<FlagWord> all_flags() {
  std::vector<FlagWord> flags = setting_flags();
  for (const CommandEntry& entry : command_table()) {
    for (FlagWord& own : option_flags(entry)) {
      const bool known = std::any_of(flags.begin(), flags.end(),
                                     [&](const FlagWord& one) { return one.flag == own.flag; });
      if (!known) flags.push_back(std::move(own));
    }
  }
  return flags;
}

bool takes_files(const CommandEntry& entry) { return entry.arguments.starts_with("FILE"); }

std::string first_sentence(std::string_view help) {
  return std::string(help.substr(0, std::min(help.find(". "), help.size() - 1)));
}

std::string escaped(std::string_view text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (special.find(c) != special.npos) result += '\\';
    result += c;
  }
  return result;
}

std::string shell_quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + '\'';
}

std::string command_case(std::string_view word) {
  std::vector<std::string> names;
  for (const CommandEntry& entry : command_table()) names.push_back(shell_quoted(entry.name));
  return fmt::format(
      "    case \"${{command:+$command }}{0}\" in\n"
      "      {1}) command+=${{command:+ }}{0} ;;\n"
      "    esac\n",
      word, fmt::join(names, "|"));
}

}  // namespace downsampled
