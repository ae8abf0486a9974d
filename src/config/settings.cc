#include "config/settings.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "base/duration.h"
#include "base/error.h"
#include "config/command_line.h"
#include "config/command_table.h"
#include "config/setting_table.h"
#include "config/sources.h"

namespace downsampled {
namespace {

/// Takes what a flag was given, whether a setting's or a subcommand's; false when it was not.
bool take_flag(Settings& settings, const std::string& flag, const Kind& kind, bool repeatable,
               const CommandLine& line) {
  const auto given = line.values.find(flag);
  if (given == line.values.end()) return false;
  const std::vector<std::string>& texts = given->second;
  if (texts.size() > 1 && !repeatable) {
    throw Error(Reason::config,
                fmt::format("{}: given {} times; give it once", flag, texts.size()));
  }
  for (const std::string& text : texts) {
    if (text.empty()) throw Error(Reason::config, flag + ": the value is empty");
    kind.assign(settings, {flag, text});
  }
  return true;
}

/// By which name it was given; empty when it was not.
std::string assign(Settings& settings, const Setting& setting, const CommandLine& line,
                   const Environment& environment) {
  if (take_flag(settings, setting.flag, setting.kind, setting.repeatable, line)) {
    return setting.flag;
  }
  const auto text = environment(setting.variable);
  if (text && !text->empty()) {
    setting.kind.assign(settings, {setting.variable, *text});
    return setting.variable;
  }
  if (!setting.standard.empty()) {
    setting.kind.assign(settings, {setting.variable, setting.standard});
  }
  return {};
}

void assign(Settings& settings, const CommandOption& option, const CommandLine& line) {
  if (take_flag(settings, option.flag, option.kind, false, line)) return;
  if (option.required()) {
    throw Error(Reason::config,
                fmt::format("{}: not given; want {}", option.flag, option.kind.accepts));
  }
  if (!option.standard.empty()) option.kind.assign(settings, {option.flag, option.standard});
}

void refuse(bool wrong, const std::string& why) {
  if (wrong) throw Error(Reason::config, why);
}

void check_together(const Settings& settings) {
  const bool basic = !settings.username.empty();
  const bool token = !settings.token.empty() || !settings.token_file.empty();
  refuse(!settings.token.empty() && !settings.token_file.empty(),
         "PROMETHEUS_SELDON_TOKEN and --prometheus.token-file (PROMETHEUS_SELDON_TOKEN_FILE) are "
         "both set; give one of them");
  refuse(basic && token,
         "--prometheus.username and a bearer token (PROMETHEUS_SELDON_TOKEN or "
         "--prometheus.token-file) are both set; give one of them");
  refuse(!basic && !settings.password_file.empty(),
         "--prometheus.password-file is set without --prometheus.username; give both");
  refuse(settings.tls_cert_file.empty() != settings.tls_key_file.empty(),
         "--prometheus.tls-cert-file and --prometheus.tls-key-file go together; give both");
  refuse(settings.catch_up_max_age > settings.storage_retention,
         fmt::format("--catch-up.max-age (CATCH_UP_MAX_AGE) {} is longer than --storage.retention "
                     "(STORAGE_RETENTION) {}; want at most that",
                     format_duration(settings.catch_up_max_age),
                     format_duration(settings.storage_retention)));
}

/// What the command itself needs.
void check_command(const Settings& settings) {
  const Command command = settings.command;
  refuse(command == Command::check && settings.check_files.empty(),
         "check: no rule file given; want downsampled check FILE...");
  refuse(settings.from && settings.to && *settings.from >= *settings.to,
         "--from is not before --to; want a later --to");
  const bool stored = !settings.storage_path.empty();
  refuse(command == Command::backfill && !stored && settings.output.empty(),
         "backfill: nowhere to put what is evaluated; want --output FILE, or a journal in "
         "--storage.path (STORAGE_PATH)");
  refuse((command == Command::journal_status || command == Command::journal_export) && !stored,
         entry_of(command).name +
             ": no journal given; want its directory in --storage.path "
             "(STORAGE_PATH)");
}

}  // namespace

std::optional<std::string> process_environment(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

Settings parse_settings(int argc, const char* const* argv, const Environment& environment) {
  CommandLine line = read_command_line(argc, argv);
  Settings settings;
  settings.command = line.command;
  settings.printout = line.printout;
  if (settings.printout) return settings;
  const CommandEntry& entry = entry_of(settings.command);
  for (const Setting& setting : setting_table()) {
    const bool of_source = setting.section == kSourceSection;
    if (of_source && !entry.asks_source) continue;
    const std::string given = assign(settings, setting, line, environment);
    if (of_source && settings.given_for_default.empty()) settings.given_for_default = given;
  }
  check_together(settings);
  for (const CommandOption& option : entry.options) assign(settings, option, line);
  if (line.probe_url) settings.probe_url = parse_probe_url({"probe", *line.probe_url});
  settings.check_files = std::move(line.check_files);
  check_command(settings);
  if (entry.asks_source || settings.command == Command::check) {
    settings.sources = read_sources(settings);
  }
  return settings;
}

}  // namespace downsampled
