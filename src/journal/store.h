// The rows of one journal: what is asked of them and what is added, in one file or in memory.
// journal.h puts a file and a memory together. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "journal/sqlite.h"
#include "model/pane.h"
#include "model/rule_key.h"
#include "model/snapshot.h"

namespace downsampled {

/// What an evaluation adds to the journal, all of it or nothing. The windows are not owned.
struct Entries {
  struct NewPane {
    PaneKey key;
    std::shared_ptr<const Pane> pane;
  };
  struct NewWindow {
    RuleKey rule;
    std::string rule_group;
    const RecordedWindow* window;
  };

  std::vector<NewPane> panes;
  std::vector<NewWindow> windows;

  bool empty() const { return panes.empty() && windows.empty(); }
};

/// Every slot of the rule until here is recorded or lost.
struct Settled {
  RuleKey rule;
  std::string rule_group;
  Timestamp until;
};

/// How much there is.
struct RowCounts {
  std::int64_t panes = 0;
  std::int64_t windows = 0;
  std::optional<Timestamp> oldest_window;  ///< the end of it
};

class Store {
 public:
  struct Options {
    Duration patience = std::chrono::seconds(10);  ///< for another process's transaction
    bool check = false;                            ///< all of it, at the start; else the rules
    std::stop_token stop = {};                     ///< ends that check
    Access access = Access::write;
  };

  /// Opens the file, and makes its tables or brings them up to date; only to read, throws where it
  /// would have to. Throws as migrate(), require_newest() and check_structure(), and Error{io}.
  explicit Store(const std::string& file) : Store(file, Options{}) {}
  Store(const std::string& file, const Options& options);

  /// The pane that ends at `end`; null when it is missing.
  std::shared_ptr<const Pane> find_pane(const PaneKey& key, Timestamp end);
  /// The ends of the key's panes in [first, last] that have at least these fields, rising.
  std::vector<Timestamp> pane_ends(const PaneKey& key, Timestamp first, Timestamp last,
                                   Fields fields);

  std::optional<RecordedWindow> find_window(const RuleKey& rule, Timestamp end);
  std::optional<RecordedWindow> newest_window(const RuleKey& rule);

  /// The ends of the rule's windows in [first, last], rising.
  std::vector<Timestamp> window_ends(const RuleKey& rule, Timestamp first, Timestamp last);

  /// One transaction. A window that is there stays as it is: it has the same values.
  void add(const Entries& entries);

  /// Until when every slot of the rule is recorded or lost; none before the first settle().
  std::optional<Timestamp> settled(const RuleKey& rule);
  /// One transaction.
  void settle(const std::vector<Settled>& rules);

  using PanesBefore = std::function<Timestamp(const PaneKey&)>;

  /// Deletes panes and windows that end before these times, and what only they needed, a bounded
  /// part at a time; whether there may be more to delete.
  bool prune(const PanesBefore& panes_before, Timestamp windows_before);
  /// Deletes the key's panes that end before `before`.
  void drop_panes(const PaneKey& key, Timestamp before);

  /// Rows that another connection added are in it after the next count_rows().
  RowCounts counts();
  void count_rows();
  /// Bytes that the database takes, without its write-ahead log.
  std::uintmax_t size();

  /// Adds everything to another store's file, and keeps it.
  void copy_to(const std::string& file);

  /// Brings what the write-ahead log holds into the file, as far as nobody reads it: damage to the
  /// log then leaves that much.
  void checkpoint();

  Database& database() { return database_; }

 private:
  std::optional<std::int64_t> pane_key_id(const PaneKey& key);
  std::optional<std::int64_t> rule_id(const RuleKey& rule);
  std::int64_t add_pane_key(const PaneKey& key);
  std::int64_t add_rule(const RuleKey& rule, std::string_view rule_group);
  std::int64_t add_series_list(const std::vector<const LabelSet*>& label_sets);
  std::shared_ptr<const Pane> with_known_fields(const Entries::NewPane& added);
  bool add_pane(const Entries::NewPane& pane);
  std::int64_t prune_panes(const PanesBefore& before);
  std::int64_t prune_series_lists();
  void prune_keys(Timestamp windows_before);
  bool add_window(const Entries::NewWindow& window);

  Database database_;
  RowCounts counts_;  // counting anew takes time where there are millions
};

}  // namespace downsampled
