// One group through its slots: evaluates its rules in their order, adds what they recorded to the
// journal and then publishes it, each in one piece, and keeps their health. A failed rule neither
// stops the others nor takes away what it published before. This is where errors of evaluations
// end: counted, and logged when they change. One thread at a time (the timetable sees to it); owned
// by app/.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/snapshot.h"
#include "pipeline/evaluate.h"
#include "schedule/timetable.h"

namespace downsampled {

class GroupLoop {
 public:
  using Publish = std::function<void(const Snapshot&)>;

  GroupLoop(std::shared_ptr<const Group> group, GroupMetrics metrics, const Stages& stages,
            Publish publish);
  GroupLoop(const GroupLoop&) = delete;
  GroupLoop& operator=(const GroupLoop&) = delete;
  ~GroupLoop();

  /// Goes on with what `before` has in memory of the panes of rules that are in both. Before run(),
  /// and when nobody runs `before` any more.
  void take_over(GroupLoop& before);

  /// The newest windows that the journal has, as if they had just been evaluated.
  Snapshot restore();

  /// Evaluates the rules that have no window for this slot yet. Does not throw Error; returns an
  /// outcome without retry when it was canceled.
  Outcome run(const Due& due, const Deadline& deadline);

 private:
  struct Health {
    std::optional<Timestamp> recorded;  ///< the newest slot with a window
    std::optional<Timestamp> refused;   ///< the newest slot for which no retry will help
    std::int64_t filling = 0;           ///< panes that the last evaluation's window lacked
    std::optional<Error> error;         ///< of the last evaluation
    bool explained_empty = false;
  };

  using Evaluated = std::vector<std::optional<Evaluation>>;  // by rule

  Evaluated evaluate_rules(const Due& due, PanesInHand& in_hand, const Deadline& deadline);
  std::optional<Evaluation> evaluate_rule(std::size_t index, const Due& due, PanesInHand& in_hand,
                                          const Deadline& deadline);
  void add_to_journal(const Evaluated& evaluated, PanesInHand& in_hand);
  void read_ahead(const Evaluated& evaluated, PanesInHand& in_hand, const Deadline& deadline);
  void count_blocks(std::size_t index);
  void succeeded(std::size_t index, Timestamp slot, const Evaluation& evaluation);
  /// The metrics about the windows on the page, which are of the published ones, not of the next.
  void describe(const Snapshot& published) const;
  void failed(std::size_t index, Timestamp slot, const Error& error);
  void explain_if_empty(std::size_t index, const RecordedWindow& recorded,
                        const Deadline& deadline);
  Outcome outcome(Timestamp slot) const;

  const std::shared_ptr<const Group> group_;
  const GroupMetrics metrics_;
  const Stages stages_;
  const Publish publish_;
  std::vector<Health> health_;                 // by rule
  std::vector<RollingWindow> rolling_;         // by rule
  std::vector<RollingWindow::Numbers> noted_;  // of them, as the metrics have them
  std::set<std::string> explanations_;  // said already: what keeps one rule empty keeps others so
};

}  // namespace downsampled
