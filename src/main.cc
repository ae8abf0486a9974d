// Where the program starts: settings, then rules, then the command. Everything lives in app/.
#include <exception>
#include <string>

#include "app/daemon.h"
#include "app/once.h"
#include "app/print.h"
#include "app/probe.h"
#include "app/signals.h"
#include "base/log.h"
#include "config/rule_file.h"
#include "config/settings.h"

namespace downsampled {
namespace {

constexpr int kBadConfiguration = 2;

RuleDefaults rule_defaults(const Settings& settings) {
  return {settings.time_period, settings.query_offset, settings.step};
}

int check(const Settings& settings) {
  const CheckReport report = check_rule_files(settings.check_files, rule_defaults(settings));
  print(report.ok ? stdout : stderr, report.text);
  return report.ok ? 0 : 1;
}

int probe(const Settings& settings) {
  const Signals signals;
  return run_probe(settings, signals.token());
}

int evaluate(const Settings& settings) {
  Signals signals;
  const SystemClock clock;
  const LoadedRules rules =
      load_rule_files(find_rule_files(settings.rules, executable_path()), rule_defaults(settings));
  if (rules.groups.empty()) throw Error(Reason::config, "the rule files have no rules to evaluate");
  for (const std::string& warning : rules.warnings) log::warn(warning);
  if (settings.command == Command::once) {
    return run_once(settings, rules.groups, clock, signals.token());
  }
  Daemon(settings, rules.groups, clock).run(signals.token());
  return 0;
}

int run(int argc, const char* const* argv) {
  try {
    const Settings settings = parse_settings(argc, argv, process_environment);
    if (settings.printout) {
      print(stdout, *settings.printout);
      return 0;
    }
    log::configure(settings.log_level, settings.log_format);
    if (settings.command == Command::check) return check(settings);
    if (settings.command == Command::probe) return probe(settings);
    return evaluate(settings);
  } catch (const Error& error) {
    log::error("cannot go on", {{"reason", to_string(error.reason())}, {"error", error.message()}});
    return error.reason() == Reason::config ? kBadConfiguration : 1;
  } catch (const std::exception& error) {
    log::error("cannot go on", {{"error", error.what()}});
    return 1;
  }
}

}  // namespace
}  // namespace downsampled

int main(int argc, char** argv) { return downsampled::run(argc, argv); }
