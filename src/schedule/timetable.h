// Which group is due when. Pure arithmetic over the times it is told: no clock, no thread, no wait.
// Owned by the scheduler's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "model/rule.h"

namespace downsampled {

/// A group to be evaluated for the window that ends at `slot`.
struct Due {
  std::size_t group = 0;
  Timestamp slot{};
  std::int64_t missed = 0;  ///< slots that passed since the one before
  int attempt = 0;          ///< 0, then counting the retries of this slot
};

/// How an evaluation of a group went, as far as the timetable is concerned.
struct Outcome {
  std::size_t failed = 0;               ///< rules without a window for the slot
  bool retry = false;                   ///< something failed that may work later
  std::optional<Duration> retry_after;  ///< as the source asked for
};

/// Chooses how long to wait before retry number `attempt` (from 1).
using Backoff = std::function<Duration(int attempt, std::optional<Duration> retry_after)>;

class Timetable {
 public:
  Timetable(std::span<const std::shared_ptr<const Group>> groups, Backoff backoff);

  /// The groups that are due at `now`, each once until finished() is told. A group's first slot is
  /// the last one that is complete; after that every slot, and of several that passed the newest.
  std::vector<Due> take_due(Timestamp now);

  /// The group may be taken again: for its next slot or, if the outcome asks for it, for this one.
  void finished(const Due& due, const Outcome& outcome, Timestamp now);

  /// When take_due() has something next; empty while every group is being evaluated.
  std::optional<Timestamp> next_due() const;

 private:
  struct Entry {
    std::shared_ptr<const Group> group;
    std::optional<Due> last;  ///< what was taken last
    std::optional<Timestamp> retry_at;
    bool running = false;

    Timestamp next_due() const;
  };

  std::optional<Due> due_at(std::size_t index, Timestamp now) const;

  std::vector<Entry> entries_;
  Backoff backoff_;
};

/// The newest slot of the group whose window was complete, and its `query_offset` over, at `now`.
Timestamp last_complete_slot(const Group& group, Timestamp now);

}  // namespace downsampled
