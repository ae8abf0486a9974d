#include "app/daemon_journal.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "app/evaluations.h"
#include "base/log.h"
#include "pipeline/fill.h"

namespace downsampled {
namespace {

// What is kept to be caught up with, at least; without a path, at most.
constexpr Duration kLeastMemory = std::chrono::hours(1);

/// What is in memory for each series of long windows, and asked for again after a restart.
void warn_of_long_windows(const Groups& groups) {
  constexpr std::int64_t kPane = 16;  // bytes a series, where values are noise
  std::unordered_map<PaneKey, std::int64_t, PaneKeyHash> panes;
  for (const auto& group : groups) {
    for (const Rule& rule : group->rules) {
      std::int64_t& own = panes[pane_key(*group, rule)];
      if (is_long(*group, rule)) own = std::max<std::int64_t>(own, rule.window / group->interval);
    }
  }
  std::int64_t bytes = 0;
  for (const auto& [key, count] : panes) bytes += count * kPane;
  if (bytes == 0) return;
  log::warn(
      "the panes of long windows are in memory: after a restart all of them are asked for again",
      {{"panes", bytes / kPane}, {"bytes_per_series", bytes}});
}

}  // namespace

Duration most_age(const Settings& settings) {
  return settings.storage_path.empty() ? std::min(settings.catch_up_max_age, kLeastMemory)
                                       : settings.catch_up_max_age;
}

PaneRetention daemon_panes(const Settings& settings, const Groups& groups) {
  if (settings.storage_path.empty()) warn_of_long_windows(groups);
  return pane_retention(
      groups, std::min(settings.storage_retention, std::max(most_age(settings), kLeastMemory)));
}

Journal::Options daemon_journal(const Settings& settings, const Groups& groups,
                                std::stop_token stop) {
  if (settings.storage_path.empty()) {
    log::info(
        "the journal is in memory: what was recorded is lost at the end; set --storage.path "
        "(STORAGE_PATH) to keep it");
  }
  return {.directory = settings.storage_path,
          .owner = Journal::Owner::daemon,
          .retention = settings.storage_retention,
          .pane_retention = daemon_panes(settings, groups),
          .memory_retention = std::max(most_age(settings), kLeastMemory),
          .stop = std::move(stop)};
}

JournalNumbers numbers_of(Journal& journal) {
  const Journal::Numbers numbers = journal.numbers();
  return {.persistent = numbers.persistent,
          .panes = numbers.rows.panes,
          .windows = numbers.rows.windows,
          .waiting_windows = numbers.waiting_windows,
          .size = numbers.size,
          .oldest_window = numbers.rows.oldest_window,
          .damaged = numbers.damaged};
}

void keep_journal(Journal& journal, const Clock& clock, std::stop_token stop) {
  constexpr Duration kTry = std::chrono::minutes(1);
  constexpr int kTriesBetweenPrunes = 60;
  constexpr Duration kBreath = std::chrono::milliseconds(10);  // for evaluations that wait
  for (int round = 0; !stop.stop_requested(); ++round) {
    journal.write_waiting();
    if (round % kTriesBetweenPrunes == 0) {
      while (journal.prune() && clock.sleep_for(kBreath, stop)) continue;
    }
    clock.sleep_for(kTry, stop);
  }
}

}  // namespace downsampled
