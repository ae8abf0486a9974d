#include "journal/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "journal/damage.h"

namespace downsampled {
namespace {

void make_directory(const std::string& directory) {
  std::error_code code;
  std::filesystem::create_directories(directory, code);
  if (code) throw Error(Reason::io, fmt::format("{}: {}", directory, code.message()));
}

std::uintmax_t file_size(const std::string& file) {
  std::error_code code;
  const std::uintmax_t size = std::filesystem::file_size(file, code);
  return code ? 0 : size;
}

std::optional<Timestamp> older(std::optional<Timestamp> a, std::optional<Timestamp> b) {
  return a && b ? std::min(a, b) : std::max(a, b);
}

// For another process's transaction. A daemon has slots that are due, and goes on in memory.
constexpr Duration kDaemonPatience = std::chrono::seconds(1);
constexpr Duration kCommandPatience = std::chrono::seconds(10);

}  // namespace

std::string Journal::file_in(const std::string& directory) { return directory + "/journal.db"; }

Journal::Journal(Options options, const Clock& clock)
    : options_(std::move(options)), clock_(clock) {
  const auto state = state_.lock();
  state->pane_retention = options_.pane_retention;
  write(*state, [](Store&) {});
  state->started = true;
  note_numbers(*state);
}

/// Opens it where it is not open, or not what the name leads to any more.
void Journal::open_disk(State& state) {
  const std::string file = file_in(options_.directory);
  if (state.disk && identity_of(file) == state.file) return;
  if (state.disk) {
    log::error("the journal's file was deleted or replaced; a new one is begun", {{"file", file}});
    ++state.damaged;
    state.disk.reset();
    state.lock.reset();
  }
  make_directory(options_.directory);
  const bool alone = options_.owner == Owner::daemon;
  if (alone && !state.lock) {
    state.lock = std::make_unique<LockFile>(options_.directory + "/lock");
  }
  state.disk = std::make_unique<Store>(
      file, Store::Options{.patience = alone ? kDaemonPatience : kCommandPatience,
                           .check = alone,
                           .stop = options_.stop});
  state.file = identity_of(file);
  if (alone) state.disk->checkpoint();  // the tables, first of all
}

/// Once it was in vain, not again: each call would wait, and slots are due.
void Journal::wait_for_others(State& state) const {
  const Duration patience = options_.owner == Owner::command ? kCommandPatience
                            : state.failing                  ? Duration::zero()
                                                             : kDaemonPatience;
  state.disk->database().wait_for_others(patience);
  if (state.memory) state.memory->database().wait_for_others(patience);
}

void Journal::drain(State& state) {
  if (!state.memory) return;
  state.memory->copy_to(file_in(options_.directory));
  state.memory.reset();
  state.disk->count_rows();
}

/// What follows from an error of the disk; whether the same may be tried again at once.
bool Journal::failed(State& state, const Error& error) {
  if (options_.owner == Owner::command) throw error;
  const bool of_start = error.reason() == Reason::config || error.reason() == Reason::canceled;
  if (of_start && !state.started) throw error;
  if (error.reason() == Reason::damaged) {
    state.disk.reset();
    if (move_damaged_aside(file_in(options_.directory), error.message(), clock_.now())) {
      ++state.damaged;
      return true;
    }
  }
  if (!std::exchange(state.failing, true)) {
    log::error("the journal cannot be written; windows are kept in memory until it can",
               {{"path", options_.directory}, {"error", error.message()}});
  }
  return false;
}

/// Does the work on the disk, after what waits for it; whether that was possible.
template <typename Work>
bool Journal::write(State& state, Work work) {
  // Twice: a damaged file makes room for a new one.
  for (int attempt = 0; wants_disk() && attempt < 2; ++attempt) {
    try {
      open_disk(state);
      wait_for_others(state);
      drain(state);
      work(*state.disk);
      if (std::exchange(state.failing, false)) {
        log::info("the journal can be written again", {{"path", options_.directory}});
      }
      return true;
    } catch (const Error& error) {
      if (!failed(state, error)) break;
    }
  }
  return false;
}

/// What the disk knows; nothing where it cannot be read.
template <typename Read>
auto Journal::read(State& state, Read work) -> decltype(work(*state.disk)) {
  if (!state.disk) return {};
  try {
    return work(*state.disk);
  } catch (const Error& error) {
    failed(state, error);
    return {};
  }
}

Store& Journal::memory(State& state) {
  if (!state.memory) state.memory = std::make_unique<Store>(":memory:");
  return *state.memory;
}

/// What the memory finds or, where that is nothing, the disk.
template <typename Find>
auto Journal::first(Find find) -> decltype(find(std::declval<Store&>())) {
  const auto state = state_.lock();
  if (state->memory) {
    if (auto waiting = find(*state->memory)) return waiting;
  }
  return read(*state, find);
}

std::shared_ptr<const Pane> Journal::find_pane(const PaneKey& key, Timestamp end, Fields fields) {
  return first([&](Store& store) -> std::shared_ptr<const Pane> {
    auto pane = store.find_pane(key, end);
    return pane && pane->fields.include(fields) ? pane : nullptr;
  });
}

std::optional<RecordedWindow> Journal::find_window(const RuleKey& rule, Timestamp end) {
  return first([&](Store& store) { return store.find_window(rule, end); });
}

std::optional<RecordedWindow> Journal::newest_window(const RuleKey& rule) {
  const auto state = state_.lock();
  const auto find = [&](Store& store) { return store.newest_window(rule); };
  std::optional<RecordedWindow> on_disk = read(*state, find);
  if (!state->memory) return on_disk;
  std::optional<RecordedWindow> waiting = find(*state->memory);
  if (!waiting || (on_disk && on_disk->window.end > waiting->window.end)) return on_disk;
  return waiting;
}

/// What the disk and the memory find, together.
template <typename Find>
std::vector<Timestamp> Journal::ends(Find find) {
  const auto state = state_.lock();
  std::vector<Timestamp> ends = read(*state, find);
  if (!state->memory) return ends;
  const std::vector<Timestamp> waiting = find(*state->memory);
  std::vector<Timestamp> all;
  std::set_union(ends.begin(), ends.end(), waiting.begin(), waiting.end(), std::back_inserter(all));
  return all;
}

std::vector<Timestamp> Journal::pane_ends(const PaneKey& key, Timestamp first, Timestamp last,
                                          Fields fields) {
  return ends([&](Store& store) { return store.pane_ends(key, first, last, fields); });
}

std::vector<Timestamp> Journal::window_ends(const RuleKey& rule, Timestamp first, Timestamp last) {
  return ends([&](Store& store) { return store.window_ends(rule, first, last); });
}

/// Where the disk refuses, no longer than windows are: what waits in memory is bounded.
Duration Journal::kept_in_memory(const State& state, const PaneKey& key) const {
  const Duration wanted = state.pane_retention.of(key);
  const Duration bound = wants_disk() ? std::min(wanted, options_.memory_retention) : wanted;
  return std::max(bound, 2 * key.interval);  // what a retry can want
}

void Journal::add(const Entries& entries) {
  const SteadyTime start = clock_.steady_now();
  bool on_disk = false;
  {
    const auto state = state_.lock();
    on_disk = write(*state, [&](Store& disk) { disk.add(entries); });
    if (!on_disk) {
      memory(*state).add(entries);
      for (const auto& [key, pane] : entries.panes) {
        state->memory->drop_panes(key, pane->window.end - kept_in_memory(*state, key));
      }
    }
    note_numbers(*state);
  }
  options_.observer(clock_.steady_now() - start, wants_disk() && !on_disk);
}

std::optional<Timestamp> Journal::settled(const RuleKey& rule) {
  const auto state = state_.lock();
  const auto find = [&](Store& store) { return store.settled(rule); };
  const std::optional<Timestamp> on_disk = read(*state, find);
  return std::max(on_disk, state->memory ? find(*state->memory) : std::nullopt);
}

void Journal::settle(const std::vector<Settled>& rules, int known) {
  if (rules.empty()) return;
  const auto state = state_.lock();
  const auto settle = [&](Store& store) {
    if (state->damaged == known) store.settle(rules);
  };
  if (!write(*state, settle)) settle(memory(*state));
}

void Journal::write_waiting() {
  const auto state = state_.lock();
  if (state->memory) write(*state, [](Store&) {});
  note_numbers(*state);
}

bool Journal::prune() {
  const auto state = state_.lock();
  const Timestamp now = clock_.now();
  bool more = false;
  write(*state, [&](Store& disk) {
    more = disk.prune([&](const PaneKey& key) { return now - state->pane_retention.of(key); },
                      now - options_.retention);
  });
  if (state->memory) {
    more |=
        state->memory->prune([&](const PaneKey& key) { return now - kept_in_memory(*state, key); },
                             now - options_.memory_retention);
  }
  note_numbers(*state);
  return more;
}

Journal::Numbers Journal::numbers() { return *numbers_.lock(); }

void Journal::note_numbers(State& state) {
  Numbers numbers{.persistent = state.disk && !state.failing,
                  .rows = read(state, [](Store& disk) { return disk.counts(); }),
                  .damaged = state.damaged};
  const std::string file = file_in(options_.directory);
  if (wants_disk()) numbers.size = file_size(file) + file_size(file + "-wal");
  if (state.memory) {
    const RowCounts waiting = state.memory->counts();
    if (wants_disk()) numbers.waiting_windows = waiting.windows;
    numbers.size += state.memory->size();
    numbers.rows.panes += waiting.panes;
    numbers.rows.windows += waiting.windows;
    numbers.rows.oldest_window = older(numbers.rows.oldest_window, waiting.oldest_window);
  }
  *numbers_.lock() = numbers;
}

}  // namespace downsampled
