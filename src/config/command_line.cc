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
  std::map<std::string, std::vector<std::string>> values;
  std::vector<std::string> times;
  std::vector<std::string> check_files;
  std::optional<std::string> probe_url;
  bool version = false;
  std::vector<std::string> documentation;
};

void add_settings(CLI::App& app, Flags& flags) {
  for (const Setting& setting : setting_table()) {
    if (setting.flag.empty()) continue;
    const std::string help = fill_lines(describe(setting), kWidth);
    std::vector<std::string>& values = flags.values[setting.flag];
    CLI::Option* option = setting.kind.placeholder.empty()
                              ? app.add_flag(setting.flag, values, help)
                              : app.add_option(setting.flag, values, help);
    if (!setting.kind.placeholder.empty()) {
      option->expected(1)->option_text(setting.kind.placeholder);
    }
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->group(setting.section);
  }
}

void add_commands(CLI::App& app, Flags& flags) {
  app.require_subcommand(0, 1);
  for (const CommandEntry& entry : command_table()) {
    app.add_subcommand(entry.name, fill_lines(entry.help, kWidth))
        ->fallthrough()
        ->footer(fmt::format("\nExit code {}; 2 for bad settings.\n"
                             "Settings are the same everywhere: downsampled --help",
                             entry.exit_code));
  }
  app.get_subcommand("once")
      ->add_option("--time", flags.times, "The windows complete at this time instead of now.")
      ->expected(1)
      ->option_text("RFC3339|UNIX");
  app.get_subcommand("check")->add_option("FILE", flags.check_files, "Rule files.");
  app.get_subcommand("probe")->add_option("URL", flags.probe_url, "Where to ask.");
  app.add_flag("--version", flags.version, "Print the version and exit");
  app.add_flag("--write-documentation{markdown}", flags.documentation)->group("");
}

/// What CLI11 left over, said so that a typo is easy to see. The text after a `=` may be a secret.
Error unexpected(const std::string& argument) {
  std::vector<std::string> known = {"--time", "--help", "--version"};
  for (const CommandEntry& entry : command_table()) known.push_back(entry.name);
  for (const Setting& setting : setting_table()) known.push_back(setting.flag);
  const std::string shown = argument.substr(0, argument.find('='));
  if (shown == "--prometheus.token" || shown == "--prometheus.password") {
    return Error(Reason::config, shown + ": a secret is never a flag; give " + shown + "-file");
  }
  return Error(Reason::config, fmt::format("{}: no such flag or subcommand{}; see --help", shown,
                                           did_you_mean(shown, known)));
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

void parse(CLI::App& app, std::vector<std::string> arguments, CommandLine& line) {
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    line.printout = app.help();
  } catch (const CLI::ExtrasError&) {
    throw unexpected(app.remaining(true).front());
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
  add_commands(app, flags);
  add_settings(app, flags);

  CommandLine line;
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  refuse_empty_values(arguments);
  parse(app, arguments, line);
  if (flags.version) line.printout = version_line();
  if (!flags.documentation.empty()) line.printout = documentation(flags.documentation.back());
  for (const CommandEntry& entry : command_table()) {
    if (app.got_subcommand(entry.name)) line.command = entry.command;
  }
  if (!flags.times.empty()) line.time = flags.times.back();
  line.check_files = std::move(flags.check_files);
  line.probe_url = std::move(flags.probe_url);
  for (auto& [flag, values] : flags.values) {
    if (!values.empty()) line.values.emplace(flag, std::move(values));
  }
  return line;
}

}  // namespace downsampled
