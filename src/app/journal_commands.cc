#include "app/journal_commands.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <string>

#include "app/journal_status.h"
#include "app/print.h"
#include "base/error.h"
#include "base/log.h"
#include "journal/inspect.h"
#include "journal/journal.h"
#include "publish/write_history.h"

namespace downsampled {
namespace {

Store open_store(const Settings& settings, bool check) {
  const std::string file = Journal::file_in(settings.storage_path);
  std::error_code code;
  if (!std::filesystem::exists(file, code)) {
    throw Error(Reason::io, fmt::format("{}: there is no journal{}; is --storage.path "
                                        "(STORAGE_PATH) that of the daemon?",
                                        file, code ? " (" + code.message() + ')' : ""));
  }
  return Store(file, {.check = check, .access = Access::read});
}

void write(HistoryFormat format, const std::string& record, const History& history) {
  const auto out = [](std::string_view text) { print(stdout, text); };
  switch (format) {
    case HistoryFormat::csv:
      return write_csv(history, out);
    case HistoryFormat::json:
      return write_json(record, history, out);
    case HistoryFormat::openmetrics: {
      write_openmetrics({.name = record, .help = "Recorded by downsampled."}, history, out);
      std::string end;
      append_end(end, ExpositionFormat::openmetrics);
      return out(end);
    }
  }
}

}  // namespace

int run_journal_status(const Settings& settings) {
  Store store = open_store(settings, true);
  const std::string text = status_text(store);
  store.database().require_undisturbed();
  print(stdout, text);
  return 0;
}

int run_journal_export(const Settings& settings) {
  Store store = open_store(settings, false);
  History history;
  const bool known = for_each_window(store, settings.rule, settings.from.value_or(Timestamp::min()),
                                     settings.to.value_or(Timestamp::max()),
                                     [&](const RecordedWindow& window) { history.add(window); });
  store.database().require_undisturbed();
  if (!known) {
    std::set<std::string> records;
    for (const RuleRows& rule : rules_of(store)) records.insert(rule.record);
    log::error(
        "no rule of the journal records what --rule names",
        {{"rule", settings.rule}, {"recorded", fmt::format("{}", fmt::join(records, ", "))}});
    return 1;
  }
  write(settings.format, settings.rule, history);
  return 0;
}

}  // namespace downsampled
