// Which group is due when. Pure arithmetic over the times it is told: no clock, no thread, no wait.
// Owned by the scheduler's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "model/rule.h"

namespace downsampled {

/// A group to be evaluated for the window that ends at `slot`.
struct Due {
  std::shared_ptr<const Group> group = {};
  Timestamp slot{};
  std::int64_t missed = 0;  ///< slots that passed since the one before
  int attempt = 0;          ///< 0, then counting the retries of this slot
  Timestamp since{};        ///< when its window was complete and its `query_offset` over
};

/// How an evaluation of a group went, as far as the timetable is concerned.
struct Outcome {
  std::size_t failed = 0;               ///< rules without a window for the slot
  std::size_t filling = 0;              ///< rules whose window still lacks panes
  bool retry = false;                   ///< something failed that may work later
  std::optional<Duration> retry_after;  ///< as the source asked for
};

/// Chooses how long to wait before retry number `attempt` (from 1).
using Backoff = std::function<Duration(int attempt, std::optional<Duration> retry_after)>;

class Timetable {
 public:
  Timetable(const Groups& groups, Backoff backoff);

  /// From now on these groups. One that was there before (the same object) goes on as if nothing
  /// had happened; another with the id of one that was there takes its place, and waits until that
  /// is not being evaluated any more.
  void replace(const Groups& groups);

  /// The groups that are due at `now`, each once until finished() is told. A group's first slot is
  /// the last one that is complete; after that every slot, and of several that passed the newest.
  /// Each group keeps its distance (spread.h) to its slots, and to the first call that has it.
  /// Where `now` is before what was taken last, the group waits for the next slot after that; where
  /// that is too long (`stale_after`, or an hour), the clock was wrong before, and the group goes
  /// on by it as it is now.
  std::vector<Due> take_due(Timestamp now);

  /// The group may be taken again: for its next slot or, if the outcome asks for it, for this one;
  /// or, where it was replaced, the one that took its place.
  void finished(const Due& due, const Outcome& outcome, Timestamp now);

  /// What made the group's last evaluation incomplete is there now: it is taken again without the
  /// rest of the wait.
  void hurry(const std::shared_ptr<const Group>& group, Timestamp now);

  /// When take_due() has something next; empty while every group is being evaluated.
  std::optional<Timestamp> next_due() const;

  /// The clock shows so much more (or less) time than has passed: retries and first slots wait no
  /// longer (or shorter) for that.
  void clock_was_set(Duration by);

  /// Slots that have passed at `now` with a newer one behind them, and were never taken.
  std::int64_t missed(Timestamp now) const;

  /// Of all that was taken.
  std::optional<Timestamp> newest_slot() const;

 private:
  struct Entry {
    std::shared_ptr<const Group> group;
    Duration distance{};                   ///< to its slots
    std::optional<Timestamp> start = {};   ///< when it was first looked at
    std::optional<Due> last = {};          ///< what was taken last
    std::optional<Timestamp> newest = {};  ///< slot that was ever taken
    std::optional<Timestamp> retry_at = {};
    bool running = false;
    bool hurried = false;                         ///< while it runs
    std::shared_ptr<const Group> waits_for = {};  ///< while that runs, whose place it takes

    bool is_idle() const { return !running && !waits_for; }
    Timestamp complete(Timestamp now) const;
    std::int64_t missed_before(Timestamp slot) const;
    Timestamp next_due() const;
  };

  static std::optional<Timestamp> newest_for(const Entry& before, const Group& group);
  static std::optional<Due> due_at(const Entry& entry, Timestamp now);

  std::vector<Entry> entries_;
  Groups leaving_;  // were replaced while they ran, and still run
  Backoff backoff_;
};

/// How far the clock may be behind the group's newest slot before that was the slot of a clock that
/// was wrong, and the group goes on without waiting.
Duration longest_wait(const Group& group);

/// The newest slot of the group whose window was complete, and its `query_offset` over, at `now`.
Timestamp last_complete_slot(const Group& group, Timestamp now);

}  // namespace downsampled
