// The panes that long windows lack, asked for a part at a time and added to the journal without any
// window: the first filling, and what outages left. The newest come first, so that a window that
// may be published in part is soon a useful one. Runs on one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>

#include "base/error.h"
#include "pipeline/panes_in_hand.h"
#include "pipeline/stages.h"

namespace downsampled {

/// Whether its windows are made of more than one pane.
bool is_long(const Group& group, const Rule& rule);

struct Filled {
  std::size_t computed = 0;  ///< panes
  std::size_t lost = 0;      ///< panes that cannot be had: as not covered
  bool too_old = false;      ///< lost because the source does not keep samples so long
  std::size_t left = 0;      ///< panes of the range that are still missing
  std::optional<std::size_t> series = {};    ///< the most that one of the panes has
  std::optional<Error> error = {};           ///< why nothing was done
  std::optional<std::int64_t> refused = {};  ///< the pane that this is about, and not the source

  /// The refused pane was lost: that is no error.
  void count_lost() {
    ++lost;
    --left;
    error.reset();
  }
};

/// Which of the missing panes to ask for.
struct Part {
  std::size_t most = 1;
  std::set<std::int64_t> without = {};  ///< those that wait
};

/// Not the fault of what was asked for, or no answer at all.
bool ails_source(const Error& error);

/// The newest of the range's missing panes, by one query and smaller ones where that is refused.
/// Lost are all that are older than what the source keeps, which is warned of once a rule. Throws
/// what the journal throws.
Filled fill_newest(const Group& group, const Rule& rule, PaneRange panes, const Part& wanted,
                   const Stages& stages, const Deadline& deadline);

/// Called after each query, with what it brought.
using OnFilled = std::function<void(const Filled&)>;

/// All of the range's missing panes; `patience` is for each query. One that is refused is lost
/// where lose_refused() says so. Throws the error of the first query that brought nothing else, and
/// what the journal throws.
void fill(const Group& group, const Rule& rule, PaneRange panes, const Stages& stages,
          Duration patience, const std::stop_token& stop, const OnFilled& on_filled);

}  // namespace downsampled
