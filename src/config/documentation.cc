#include "config/documentation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "config/completion.h"
#include "config/man_page.h"

namespace downsampled {
namespace {

std::string code(std::string_view text) { return fmt::format("`{}`", text); }

/// `|` would end the cell.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string row(const Setting& setting) {
  const std::string flag = setting.flag.empty() ? "never a flag" : code(setting.flag);
  const std::string standard = setting.standard.empty() ? setting.unset : code(setting.standard);
  return fmt::format("| {} | {} | {} | {} | {} |\n", flag, code(setting.variable), cell(standard),
                     cell(setting.kind.accepts), cell(setting.help));
}

constexpr std::string_view kPageHead = R"(<!-- Made by `downsampled --write-documentation`. -->
# Configuration

Every setting is a flag and an environment variable. A flag beats its variable; an empty variable
counts as unset. A bad value ends the program with exit code 2 and a message that names the flag or
variable and what would be right. Secrets are never flags and never printed.

What is recorded is not set here but in rule files: see [queries/README.md](../queries/README.md).
)";

std::string row(const CommandEntry& entry) {
  const std::string call =
      entry.arguments.empty() ? entry.name : entry.name + ' ' + entry.arguments;
  return fmt::format("| {} | {} | {} |\n", code(call), cell(entry.help), cell(entry.exit_code));
}

std::string row(const CommandEntry& entry, const CommandOption& option) {
  std::string standard = option.unset;
  if (option.required()) standard = "required";
  if (!option.standard.empty()) standard = code(option.standard);
  return fmt::format("| {} | {} | {} | {} |\n", code(entry.name + ' ' + option.flag), standard,
                     cell(option.kind.accepts), cell(option.help));
}

constexpr std::string_view kCommandsHead = R"(
## Subcommands

| command | what it does | exit code |
|---|---|---|
)";

constexpr std::string_view kOptionsHead = R"(
Options of theirs, which have no variables and stand after the subcommand:

| option | default | value | meaning |
|---|---|---|---|
)";

constexpr std::string_view kPageTail = R"(
`--help` and `--version` print and exit. Bad settings: exit code 2. `--write-documentation=bash` (or
`zsh`, `fish`) prints a completion script, `man` the manual page; `make install` installs them all.
)";

std::string commands_section() {
  std::string text(kCommandsHead);
  std::string options(kOptionsHead);
  std::vector<std::string> without_source;
  for (const CommandEntry& entry : command_table()) {
    if (entry.command) text += row(entry);
    if (entry.command && !entry.asks_source) without_source.push_back(code(entry.name));
    for (const CommandOption& option : entry.options) options += row(entry, option);
  }
  return fmt::format("{}{}\nSettings under [{}](#source) are not looked at by {}.\n", text, options,
                     kSourceSection, fmt::join(without_source, ", "));
}

}  // namespace

std::string version_line() { return "downsampled " DOWNSAMPLED_VERSION "\n"; }

std::string introduction() {
  return "downsampled: the downsampling recording daemon for Prometheus.\n"
         "Runs PromQL range queries from rule files, reduces every series over a whole window to\n"
         "one value, and serves the values as gauges.\n";
}

std::string closing() {
  std::string text =
      "\nEvery flag is also an environment variable, named above; the flag wins, and an empty\n"
      "variable counts as unset.";
  for (const Setting& setting : setting_table()) {
    if (!setting.flag.empty()) continue;
    text += fmt::format(" Only a variable:\n  {}\n      {}", setting.variable, setting.help);
  }
  return text + "\n\nExamples:\n" + examples();
}

std::string examples() {
  return R"(  downsampled --prometheus.url=https://prometheus.example --time-period=5m
  downsampled once --time=2026-01-02T03:00:00Z --rules=my-rules.yaml
  downsampled check my-rules.yaml
  downsampled backfill --from=2026-01-01T00:00:00Z --to=2026-02-01T00:00:00Z --output=january.om
  downsampled journal export --storage.path=/var/lib/downsampled --rule=model_cpu_requests --format=json
  downsampled probe http://localhost:8000/-/ready
  QUERIES=/etc/rules/*.yaml LOG_FORMAT=json downsampled
)";
}

std::string describe(const Setting& setting) {
  const std::string standard =
      setting.standard.empty() ? "Unset: " + setting.unset : "Default " + setting.standard;
  return fmt::format("{} {}. Variable {}.", setting.help, standard, setting.variable);
}

std::string describe(const CommandOption& option) {
  std::string standard = "Default: " + (option.standard.empty() ? option.unset : option.standard);
  if (option.required()) standard = "Required";
  return fmt::format("{} Takes {}. {}.", option.help, option.kind.accepts, standard);
}

std::string fill_lines(std::string_view text, std::size_t width) {
  std::string filled;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (column > 0 && column + 1 + word.size() > width) {
      filled += '\n';
      column = 0;
    } else if (column > 0) {
      filled += ' ';
      ++column;
    }
    filled += word;
    column += word.size();
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return filled;
}

std::string configuration_page() {
  std::string page(kPageHead);
  std::string section;
  for (const Setting& setting : setting_table()) {
    if (setting.section != section) {
      section = setting.section;
      page += fmt::format("\n## {}\n\n| flag | variable | default | value | meaning |\n", section);
      page += "|---|---|---|---|---|\n";
    }
    page += row(setting);
  }
  page += commands_section();
  return page.append(kPageTail);
}

std::string documentation(std::string_view format) {
  if (format == "markdown") return configuration_page();
  if (format == "man") return man_page();
  if (format == "bash") return bash_completion();
  if (format == "zsh") return zsh_completion();
  if (format == "fish") return fish_completion();
  throw Error(
      Reason::config,
      fmt::format("--write-documentation: {:?} is not one of markdown, man, bash, zsh, fish",
                  format));
}

}  // namespace downsampled
