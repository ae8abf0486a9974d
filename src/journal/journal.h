// The durable record of panes and windows (docs/design.md, "Journal"): which are there is what
// decides what an evaluation asks the source. In a file under a directory; without one, and while
// the disk refuses, in memory. What waits there is written as soon as the disk takes it.
// Thread-safe; each call waits for the others.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/guarded.h"
#include "journal/file_identity.h"
#include "journal/lock_file.h"
#include "journal/store.h"

namespace downsampled {

/// How long panes are kept: as long as a window may want them.
struct PaneRetention {
  PaneRetention() = default;
  PaneRetention(Duration all) : others(all) {}

  Duration of(const PaneKey& key) const {
    const auto found = of_key.find(key);
    return found == of_key.end() ? others : found->second;
  }

  Duration others{};  ///< of keys that are not named
  std::unordered_map<PaneKey, Duration, PaneKeyHash> of_key = {};
};

class Journal {
 public:
  enum class Owner {
    daemon,   ///< alone; moves a damaged file aside, and goes on in memory where the disk refuses
    command,  ///< perhaps beside a daemon; whatever is wrong with the disk is thrown
  };

  struct Options {
    std::string directory = {};  ///< made where it is missing; empty: in memory
    Owner owner = Owner::command;
    Duration retention{};               ///< windows that end longer ago are deleted from the disk
    PaneRetention pane_retention = {};  ///< and panes, until keep_panes() says otherwise
    Duration memory_retention{};        ///< and from the memory
    std::stop_token stop = {};          ///< ends the check of a large file at the start
    /// Called after each add(), with how long it took and whether the disk refused; must not throw.
    std::function<void(std::chrono::nanoseconds, bool refused)> observer =
        [](std::chrono::nanoseconds, bool) {};
  };

  /// As of now; on disk and in memory together.
  struct Numbers {
    bool persistent = false;  ///< what is added goes to the disk
    RowCounts rows;
    std::int64_t waiting_windows = 0;  ///< in memory, for the disk
    std::uintmax_t size = 0;           ///< of the files, or of the memory; bytes
    int damaged = 0;                   ///< files that were moved aside
  };

  /// Throws Error{config} when a daemon has the directory already or the file is of a newer
  /// version, Error{canceled} on `stop`, and as a `command` Error{damaged} and {io}. `clock` must
  /// outlive this.
  Journal(Options options, const Clock& clock);

  /// The pane that ends at `end` with at least these fields; null when it is missing.
  std::shared_ptr<const Pane> find_pane(const PaneKey& key, Timestamp end, Fields fields);
  /// The ends of the key's panes in [first, last] that have at least these fields, rising.
  std::vector<Timestamp> pane_ends(const PaneKey& key, Timestamp first, Timestamp last,
                                   Fields fields);
  std::optional<RecordedWindow> find_window(const RuleKey& rule, Timestamp end);
  std::optional<RecordedWindow> newest_window(const RuleKey& rule);
  /// The ends of the rule's windows in [first, last], rising.
  std::vector<Timestamp> window_ends(const RuleKey& rule, Timestamp first, Timestamp last);

  /// All of it, or (thrown, to a `command` only) nothing.
  void add(const Entries& entries);

  /// Until when every slot of the rule is recorded or lost; none for a rule that never ran.
  std::optional<Timestamp> settled(const RuleKey& rule);
  /// As it follows from what was read when replacements() were `known`: nothing, when another file
  /// has taken the place of that one since.
  void settle(const std::vector<Settled>& rules, int known);

  /// How often another file took the place of one that was damaged or deleted: if ever, windows may
  /// be missing before the first that is here.
  int replacements() { return state_.lock()->damaged; }

  /// Tries to write what waits in memory; add() does so too.
  void write_waiting();

  void keep_panes(PaneRetention retention) { state_.lock()->pane_retention = std::move(retention); }

  /// Deletes a part of what is past the retention, and gives the space back; whether there is more.
  bool prune();

  /// Does not wait for what is under way.
  Numbers numbers();

  /// `journal.db` in the directory.
  static std::string file_in(const std::string& directory);

 private:
  struct State {
    std::unique_ptr<LockFile> lock;
    FileIdentity file = {};         // of the disk's, when it was opened
    std::unique_ptr<Store> disk;    // null: none wanted, or none to be had
    std::unique_ptr<Store> memory;  // null: nothing is there that the disk lacks
    bool failing = false;           // the disk refused the last time
    bool started = false;           // settings that are wrong were said before
    int damaged = 0;                // files that were moved aside
    PaneRetention pane_retention = {};
  };

  bool wants_disk() const { return !options_.directory.empty(); }
  void open_disk(State& state);
  void wait_for_others(State& state) const;
  void note_numbers(State& state);
  void drain(State& state);
  bool failed(State& state, const Error& error);
  template <typename Work>
  bool write(State& state, Work work);
  template <typename Read>
  auto read(State& state, Read work) -> decltype(work(*state.disk));
  Store& memory(State& state);
  Duration kept_in_memory(const State& state, const PaneKey& key) const;
  template <typename Find>
  auto first(Find find) -> decltype(find(std::declval<Store&>()));
  template <typename Find>
  std::vector<Timestamp> ends(Find find);

  const Options options_;
  const Clock& clock_;
  Guarded<State> state_;
  Guarded<Numbers> numbers_;  // as of the last change: a scrape does not wait for the disk
};

}  // namespace downsampled
