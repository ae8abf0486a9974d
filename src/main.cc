// Where the program starts: settings, then rules, then the command. Everything lives in app/.
#include <exception>
#include <string>

#include "app/backfill.h"
#include "app/daemon.h"
#include "app/journal_commands.h"
#include "app/once.h"
#include "app/print.h"
#include "app/probe.h"
#include "app/read_rules.h"
#include "app/signals.h"
#include "base/log.h"
#include "config/rule_file.h"
#include "config/settings.h"

namespace downsampled {
namespace {

constexpr int kBadConfiguration = 2;

int check(const Settings& settings) {
  const CheckReport report =
      check_rule_files(settings.check_files, rule_defaults(settings, settings.sources));
  print(report.ok ? stdout : stderr, report.text);
  return report.ok ? 0 : 1;
}

int probe(const Settings& settings) {
  const Signals signals;
  return run_probe(settings, signals.token());
}

int evaluate(const Settings& settings) {
  Mailbox<Hangup> hangups;
  Signals signals(settings.command == Command::run ? &hangups : nullptr);
  const SystemClock clock;
  const Groups groups = read_rules(settings, settings.sources);
  if (settings.command == Command::once) return run_once(settings, groups, clock, signals.token());
  if (settings.command == Command::backfill) {
    return run_backfill(settings, groups, clock, signals.token());
  }
  Daemon(settings, groups, clock, signals.token()).run(signals.token(), hangups);
  return 0;
}

int run(int argc, const char* const* argv) {
  bool daemon = false;
  try {
    const Settings settings = parse_settings(argc, argv, process_environment);
    daemon = settings.command == Command::run;
    if (settings.printout) {
      print(stdout, *settings.printout);
      return 0;
    }
    log::configure(settings.log_level, settings.log_format);
    if (settings.command == Command::check) return check(settings);
    if (settings.command == Command::probe) return probe(settings);
    if (settings.command == Command::journal_status) return run_journal_status(settings);
    if (settings.command == Command::journal_export) return run_journal_export(settings);
    return evaluate(settings);
  } catch (const Error& error) {
    if (error.reason() == Reason::canceled && daemon) return 0;  // a signal, before it ran
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
