#include "config/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/error.h"
#include "config/command_table.h"
#include "config/documentation.h"
#include "config/setting_table.h"
#include "config/spelling.h"

namespace downsampled {
namespace {

constexpr std::size_t kColumn = 42;  // where the help's right-hand column starts
constexpr std::size_t kWidth = 58;   // and its width

struct Flags {
  std::map<std::string, std::vector<std::string>> values;  // subcommands may share a flag's
  std::vector<std::string> check_files;
  std::optional<std::string> probe_url;
  bool version = false;
  std::vector<std::string> documentation;
};

/// The app itself under "", and each subcommand under its name.
using Apps = std::map<std::string_view, CLI::App*>;

CLI::Option* add_flag(CLI::App& app, Flags& flags, const std::string& flag, const Kind& kind,
                      const std::string& help) {
  std::vector<std::string>& values = flags.values[flag];
  CLI::Option* option = kind.placeholder.empty() ? app.add_flag(flag, values, help)
                                                 : app.add_option(flag, values, help)
                                                       ->expected(1)
                                                       ->allow_extra_args(false)
                                                       ->option_text(kind.placeholder);
  return option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_settings(CLI::App& app, Flags& flags) {
  for (const Setting& setting : setting_table()) {
    if (setting.flag.empty()) continue;
    add_flag(app, flags, setting.flag, setting.kind, fill_lines(describe(setting), kWidth))
        ->group(setting.section);
  }
}

Apps add_commands(CLI::App& app, Flags& flags) {
  Apps apps = {{"", &app}};
  app.require_subcommand(0, 1);
  for (const CommandEntry& entry : command_table()) {
    CLI::App* command =
        apps.at(entry.parent())
            ->add_subcommand(std::string(entry.word()), fill_lines(entry.help, kWidth))
            ->fallthrough()
            ->require_subcommand(0, 1);
    command->footer(
        fmt::format("\nExit code {}; 2 for bad settings.\n"
                    "Settings are the same everywhere: downsampled --help",
                    entry.exit_code));
    for (const CommandOption& option : entry.options) {
      add_flag(*command, flags, option.flag, option.kind, fill_lines(describe(option), kWidth));
    }
    apps.emplace(entry.name, command);
  }
  apps.at("check")->add_option("FILE", flags.check_files, "Rule files.");
  apps.at("probe")->add_option("URL", flags.probe_url, "Where to ask.");
  app.add_flag("--version", flags.version, "Print the version and exit");
  app.add_flag("--write-documentation{markdown}", flags.documentation)->group("");
  return apps;
}

/// The subcommand that was given, in full; nothing when there was none.
const CommandEntry* given_command(const Apps& apps) {
  const CommandEntry* given = nullptr;
  for (const CommandEntry& entry : command_table()) {
    if (apps.at(entry.name)->parsed()) given = &entry;
  }
  return given;
}

/// What could have stood there: flags, the options of the given command, and words after it.
std::vector<std::string> known_words(const CommandEntry* given) {
  std::vector<std::string> known = words_after(given == nullptr ? "" : given->name);
  known.insert(known.end(), {"--help", "--version"});
  for (const Setting& setting : setting_table()) known.push_back(setting.flag);
  if (given == nullptr) return known;
  for (const CommandOption& option : given->options) known.push_back(option.flag);
  return known;
}

/// What CLI11 left over, said so that a typo is easy to see. The text after a `=` may be a secret.
Error unexpected(const std::string& argument, const CommandEntry* given) {
  const std::string shown = argument.substr(0, argument.find('='));
  const auto error = [&](const std::string& what) {
    return Error(Reason::config, shown + ": " + what);
  };
  if (shown == "--prometheus.token" || shown == "--prometheus.password") {
    return error("a secret is never a flag; give " + shown + "-file");
  }
  if (const std::vector<std::string> owners = owners_of(shown); !owners.empty()) {
    return error(fmt::format("is an option of {} only, and stands after {}",
                             fmt::join(owners, " and "),
                             owners.size() == 1 ? "it" : "one of them"));
  }
  for (const CommandEntry& entry : command_table()) {
    if (shown != entry.word()) continue;
    if (given == nullptr) return error(fmt::format("want downsampled {}", entry.name));
    return error(fmt::format("cannot stand after {}, which is the subcommand", given->name));
  }
  return error(fmt::format("no such flag or subcommand{}; see --help",
                           did_you_mean(shown, known_words(given))));
}

/// `journal`, which is nothing without a word more.
Error incomplete(const CommandEntry& given) {
  std::vector<std::string> calls;
  for (const std::string& word : words_after(given.name)) {
    calls.push_back(fmt::format("downsampled {} {}", given.name, word));
  }
  return Error(Reason::config, fmt::format("{}: want {}", given.name, fmt::join(calls, " or ")));
}

/// `--step=`: CLI11 would take the next argument for the value.
void refuse_empty_values(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument.starts_with("--") && argument.find('=') == argument.size() - 1) {
      throw Error(Reason::config, argument.substr(0, argument.size() - 1) + ": the value is empty");
    }
  }
}

void parse(const Apps& apps, std::vector<std::string> arguments, CommandLine& line) {
  CLI::App& app = *apps.at("");
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    line.printout = app.help();
  } catch (const CLI::ExtrasError&) {
    throw unexpected(app.remaining(true).front(), given_command(apps));
  } catch (const CLI::ParseError& error) {
    throw Error(Reason::config, error.what());
  }
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv) {
  CLI::App app(introduction(), "downsampled");
  app.get_formatter()->column_width(kColumn);
  app.footer(closing());
  app.set_help_flag("-h,--help", "Print this help and exit");
  Flags flags;
  const Apps apps = add_commands(app, flags);
  add_settings(app, flags);

  CommandLine line;
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  refuse_empty_values(arguments);
  parse(apps, arguments, line);
  if (flags.version) line.printout = version_line();
  if (!flags.documentation.empty()) line.printout = documentation(flags.documentation.back());
  if (const CommandEntry* given = given_command(apps); given != nullptr) {
    if (!given->command && !line.printout) throw incomplete(*given);
    line.command = given->command.value_or(line.command);
  }
  line.check_files = std::move(flags.check_files);
  line.probe_url = std::move(flags.probe_url);
  for (auto& [flag, values] : flags.values) {
    if (!values.empty()) line.values.emplace(flag, std::move(values));
  }
  return line;
}

}  // namespace downsampled
