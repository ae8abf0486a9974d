// The filling of one rule's long windows, a query at a time: where panes may be missing, how many
// of them the next query asks for, and when, after failures, that may be. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "pipeline/fill_progress.h"

namespace downsampled {

/// How long what failed for a reason of its own waits, the first time (0) and the next ones.
Duration pause_after(int failures);

class RuleFilling {
 public:
  /// All must outlive this.
  RuleFilling(const Group& group, const Rule& rule, RuleMetrics& metrics, const Stages& stages,
              const FillProgress::Show& show);

  /// In these panes some are missing; empty: none is.
  void want(PaneRange panes) { wanted_ = panes; }
  bool is_due(SteadyTime now) const { return !wanted_.empty() && (!next_ || now >= *next_); }
  /// Not before; where it waits.
  std::optional<SteadyTime> waits_until() const { return wanted_.empty() ? std::nullopt : next_; }
  void wait_no_longer();

  /// As fill_newest() says, of at most `most` panes. Of an error that ails the whole source the
  /// caller is to let all wait. A pane that is refused waits alone, and is lost after some refusals
  /// over some minutes where lose_refused() says so too.
  Filled fill(std::size_t most, const Deadline& deadline);

 private:
  struct Refusals {
    int count = 0;
    SteadyTime next = {};  // when it may be asked for again
  };

  Part next_part(std::size_t most, SteadyTime now) const;
  void failed(Filled& filled, SteadyTime now, const Deadline& deadline);
  bool is_for_good(std::int64_t pane, const Error& error) const;
  void wait_for_refused();

  const Group& group_;
  const Rule& rule_;
  const Stages& stages_;
  FillProgress progress_;
  PaneRange wanted_ = {};
  std::size_t most_ = 1;                           // by the next query
  int failures_ = 0;                               // of queries, one after the other
  std::map<std::int64_t, Refusals> refused_ = {};  // by pane
  std::set<std::int64_t> lost_ = {};               // of those that were refused
  std::optional<SteadyTime> next_;
};

}  // namespace downsampled
