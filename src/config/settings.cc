#include "config/settings.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "base/duration.h"
#include "base/error.h"
#include "config/command_line.h"
#include "config/setting_table.h"

namespace downsampled {
namespace {

void assign(Settings& settings, const Setting& setting, const CommandLine& line,
            const Environment& environment) {
  if (const auto given = line.values.find(setting.flag); given != line.values.end()) {
    const std::vector<std::string>& texts = given->second;
    if (texts.size() > 1 && !setting.repeatable) {
      throw Error(Reason::config,
                  fmt::format("{}: given {} times; give it once", setting.flag, texts.size()));
    }
    for (const std::string& text : texts) {
      if (text.empty()) throw Error(Reason::config, setting.flag + ": the value is empty");
      setting.kind.assign(settings, {setting.flag, text});
    }
    return;
  }
  const auto text = environment(setting.variable);
  if (text && !text->empty()) {
    setting.kind.assign(settings, {setting.variable, *text});
  } else if (!setting.standard.empty()) {
    setting.kind.assign(settings, {setting.variable, setting.standard});
  }
}

void check_together(const Settings& settings) {
  const auto refuse = [](bool wrong, const char* why) {
    if (wrong) throw Error(Reason::config, why);
  };
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
  for (const Setting& setting : setting_table()) assign(settings, setting, line, environment);
  check_together(settings);
  if (line.time) {
    settings.time = parse_timestamp(*line.time);
    if (!settings.time) {
      throw refused({"--time", *line.time},
                    "a time such as 2026-01-02T03:04:05Z or 1767323045 (Unix seconds)");
    }
  }
  if (line.probe_url) settings.probe_url = parse_probe_url({"probe", *line.probe_url});
  settings.check_files = std::move(line.check_files);
  if (settings.command == Command::check && settings.check_files.empty()) {
    throw Error(Reason::config, "check: no rule file given; want downsampled check FILE...");
  }
  return settings;
}

}  // namespace downsampled
