#include "config/command_table.h"

#include <algorithm>

namespace downsampled {
namespace {

using S = Settings;

CommandOption from_option(std::string unset = "") {
  return {.flag = "--from",
          .kind = time_kind(&S::from),
          .help = "The windows that end after this time.",
          .unset = std::move(unset)};
}

CommandOption to_option(std::string unset) {
  return {.flag = "--to",
          .kind = time_kind(&S::to),
          .help = "The windows that end at this time or before.",
          .unset = std::move(unset)};
}

CommandEntry run_entry() {
  return {.command = Command::run,
          .name = "run",
          .help = "The daemon. This is what happens without a subcommand.",
          .exit_code = "0 after SIGTERM or SIGINT",
          .asks_source = true};
}

CommandEntry once_entry() {
  return {.command = Command::once,
          .name = "once",
          .help =
              "Evaluates the last complete window of every group and prints the series. Logs "
              "go to standard error.",
          .exit_code = "0, or 1 if a rule failed",
          .asks_source = true,
          .options = {{.flag = "--time",
                       .kind = time_kind(&S::time),
                       .help = "Takes the windows complete at this time, without waiting for the "
                               "query offset.",
                       .unset = "now"}}};
}

CommandEntry check_entry() {
  return {.command = Command::check,
          .name = "check",
          .arguments = "FILE...",
          .help = "Checks rule files without asking any server.",
          .exit_code = "0, or 1 if a file is wrong"};
}

CommandEntry probe_entry() {
  return {.command = Command::probe,
          .name = "probe",
          .arguments = "[URL]",
          .help =
              "Asks a running daemon whether it is ready. For health checks where there is no "
              "shell. Without a URL: /-/ready on this machine, at the port of "
              "--web.listen-address. Waits 5 seconds at most, sends no credentials, and uses "
              "no proxy.",
          .exit_code = "0 if the answer is 200, else 1"};
}

CommandEntry backfill_entry() {
  return {
      .command = Command::backfill,
      .name = "backfill",
      .help =
          "Evaluates history by the same rules: every window that ends after --from and not "
          "after --to. With --output into an OpenMetrics file, which promtool tsdb "
          "create-blocks-from openmetrics takes; without it into the journal under "
          "--storage.path, for the sinks. After an interruption the same command goes on where "
          "it stopped, and repeating it changes nothing. Shows its progress on standard error.",
      .exit_code =
          "0 if complete, 3 if partial (windows failed, or it was interrupted), 1 for "
          "other errors",
      .asks_source = true,
      .options = {from_option(),
                  to_option("now, and never later"),
                  {.flag = "--output",
                   .kind = output_file_kind(&S::output),
                   .help = "OpenMetrics file, written once all is evaluated; until then the work "
                           "is kept beside it, in FILE.journal.",
                   .unset = "the journal"}}};
}

constexpr const char* kJournalExitCode = "0, or 1 if there is no journal or it is damaged";

CommandEntry journal_entry() {
  return {.name = "journal",
          .help = "Looks into the journal under --storage.path: status, export.",
          .exit_code = kJournalExitCode};
}

CommandEntry journal_status_entry() {
  return {.command = Command::journal_status,
          .name = "journal status",
          .help =
              "Says what the journal under --storage.path holds: groups, windows, gaps, how "
              "far each sink is, and size. Works while a daemon writes to it.",
          .exit_code = kJournalExitCode};
}

CommandEntry journal_export_entry() {
  return {.command = Command::journal_export,
          .name = "journal export",
          .help =
              "Prints what a rule recorded, from the journal under --storage.path. Works while "
              "a daemon writes to it.",
          .exit_code = "0, or 1 if there is no journal, or it is damaged or has no such rule",
          .options = {{.flag = "--rule",
                       .kind = record_kind(&S::rule),
                       .help = "The rules that record this name."},
                      from_option("the oldest"),
                      to_option("the newest"),
                      {.flag = "--format",
                       .kind = history_format_kind(&S::format),
                       .help = "How they are written; json is shaped as the answer to a range "
                               "query.",
                       .standard = "csv"}}};
}

}  // namespace

std::string_view CommandEntry::parent() const {
  const std::size_t space = name.rfind(' ');
  return std::string_view(name).substr(0, space == name.npos ? 0 : space);
}

std::string_view CommandEntry::word() const {
  return std::string_view(name).substr(name.rfind(' ') + 1);  // npos + 1 is 0
}

const std::vector<CommandEntry>& command_table() {
  static const std::vector<CommandEntry> table = {
      run_entry(),      once_entry(),    check_entry(),          probe_entry(),
      backfill_entry(), journal_entry(), journal_status_entry(), journal_export_entry()};
  return table;
}

const CommandEntry& entry_of(Command command) {
  return *std::find_if(command_table().begin(), command_table().end(),
                       [=](const CommandEntry& entry) { return entry.command == command; });
}

std::vector<std::string> words_after(std::string_view parent) {
  std::vector<std::string> words;
  for (const CommandEntry& entry : command_table()) {
    if (entry.parent() == parent) words.emplace_back(entry.word());
  }
  return words;
}

std::vector<std::string> owners_of(std::string_view flag) {
  std::vector<std::string> owners;
  for (const CommandEntry& entry : command_table()) {
    for (const CommandOption& option : entry.options) {
      if (option.flag == flag) owners.push_back(entry.name);
    }
  }
  return owners;
}

}  // namespace downsampled
