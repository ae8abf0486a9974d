// What one group lacks: the windows of slots that passed without one, and the panes of its long
// windows. Finds out what that is, records or fills some of it, counts and logs it; CatchUp says
// when. One thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <utility>
#include <vector>

#include "pipeline/evaluate_missing.h"
#include "pipeline/rule_filling.h"
#include "schedule/timetable.h"

namespace downsampled {

class MissedWindows {
 public:
  /// A window that ended longer than `max_age` ago is lost; `patience` is for the queries of one
  /// rule. What is referred to must outlive this.
  MissedWindows(std::shared_ptr<const Group> group, const GroupMetrics& metrics,
                const Stages& stages, Duration max_age, Duration patience,
                const FillProgress::Show& show);

  const std::shared_ptr<const Group>& group() const { return group_; }

  /// From here on every slot of every rule is to be recorded: of one that the journal knows, those
  /// since it last was; of a new one, those since now; all of max_age where a damaged journal was
  /// moved aside. What the journal is to note of that.
  void begin(bool damaged, std::vector<Settled>& settled) const;

  /// A live evaluation of the group's slot has ended. Looks for what is missing.
  void live_ended(Timestamp slot, const Outcome& outcome);

  /// What failed is tried again where its pause is over.
  void retry(SteadyTime now);
  /// The end of the oldest window that may be recorded now; empty where none may.
  std::optional<Timestamp> oldest_ready(SteadyTime now);
  /// Whether panes may be asked for now.
  bool is_due_to_fill(SteadyTime now) const;
  /// When it may go on, where it waits for a time.
  std::optional<SteadyTime> waits_until() const;

  struct Step {
    std::optional<Error> ailing = {};  ///< what ails the source: all are to wait
    bool filled = false;               ///< panes that were missing are all there
  };
  /// Records the oldest windows, or asks for panes, by one query a rule where all goes well. Throws
  /// what the journal throws.
  Step step(const std::stop_token& stop);

 private:
  void scan();
  std::vector<Timestamp> find_missing(std::size_t rule, Timestamp last, Timestamp limit,
                                      std::vector<Settled>& settled);
  void scan_panes();
  std::optional<Timestamp> settled_until(const RuleKey& key) const;
  void give_up(std::size_t rule, const std::vector<Timestamp>& lost);
  std::size_t most_slots() const;
  Step record(const std::stop_token& stop);
  Step fill(const std::stop_token& stop);
  void count(const CaughtUp& result);
  void count_failure(const FailedWindow& failure);
  void end_pass();

  const std::shared_ptr<const Group> group_;
  const GroupMetrics& metrics_;
  const Stages& stages_;
  const Duration max_age_, patience_;
  std::optional<Timestamp> until_;      // slots after this one are live's
  Timestamp recorded_ = {};             // live's own newest slot, where no rule failed
  bool well_ = true;                    // no rule failed live the last time
  bool filling_ = false;                // live's newest window lacks panes
  MissingWindows missing_;              // without those that failed in this pass
  MissingWindows ready_;                // of these, those that lack no panes of others
  std::vector<RuleFilling> fillings_;   // by rule
  std::vector<RollingWindow> rolling_;  // by rule, while there are windows to record
  std::vector<Timestamp> lost_;         // by rule: the last one that was
  std::set<std::pair<std::size_t, Timestamp>> failed_;  // in this pass
  int passes_ = 0;                                      // that left failed windows behind
  std::optional<SteadyTime> next_pass_;                 // when they are tried again
  std::optional<SteadyTime> next_step_;                 // not before
  std::optional<std::size_t> series_;                   // of the largest window seen
  std::size_t caught_up_ = 0;                           // since windows were missing
};

}  // namespace downsampled
