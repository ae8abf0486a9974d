#include "pipeline/evaluate_missing.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <utility>

#include "pipeline/attempt.h"
#include "pipeline/evaluate.h"
#include "pipeline/fill.h"
#include "query/failure.h"

namespace downsampled {
namespace {

// A partial with its label set takes some 300 bytes.
constexpr std::size_t kMostPartials = 200'000;

// Of panes, and of windows, in one transaction.
constexpr std::size_t kMostRows = 100;

/// One batch on its way.
class Batch {
 public:
  Batch(const Group& group, std::vector<RollingWindow>& rolling, const Stages& stages,
        Duration patience, std::stop_token stop, std::size_t most_failures)
      : group_(group),
        rolling_(rolling),
        stages_(stages),
        patience_(patience),
        stop_(std::move(stop)),
        most_failures_(most_failures),
        in_hand_(group, stages) {
    result_.recorded.resize(group.rules.size());
  }

  /// Whether the next rule may be tried.
  bool evaluate_rule(std::size_t rule, const std::vector<Timestamp>& ends) {
    // Where all at once fails, a window may be to blame, which the others shall not suffer from.
    const bool several = ends.size() > 1 || is_long(group_, group_.rules[rule]);
    const auto error = several ? attempt([&] { gather(group_.rules[rule], ends); }) : std::nullopt;
    if (interrupts(error)) return false;
    std::size_t failures = 0;
    for (auto end = ends.begin(); end != ends.end() && failures < most_failures_; ++end) {
      const auto failure = evaluate_window(rule, *end, error);
      if (interrupts(failure)) return false;
      if (!failure) continue;
      ++failures;
      // A source that is too slow for this one would take as long for each.
      const auto last = may_pass(failure->reason()) ? ends.end() : end + 1;
      for (; end != last; ++end) result_.failed.push_back({rule, *end, *failure});
      --end;
    }
    return true;
  }

  CaughtUp finish() {
    // In parts: who else wants the journal, waits for one of them and not for all.
    entries_.panes = in_hand_.take_computed();
    while (!entries_.empty()) stages_.journal.add(take_part());
    return std::move(result_);
  }

 private:
  Entries take_part() {
    Entries part;
    const auto move_front = [](auto& from, auto& to) {
      const auto end = from.begin() + static_cast<std::ptrdiff_t>(std::min(kMostRows, from.size()));
      std::move(from.begin(), end, std::back_inserter(to));
      from.erase(from.begin(), end);
    };
    move_front(entries_.panes, part.panes);
    move_front(entries_.windows, part.windows);
    return part;
  }

  Deadline deadline() const { return {stages_.clock.steady_now() + patience_, stop_}; }

  /// By one query what would take one each.
  void gather(const Rule& rule, const std::vector<Timestamp>& ends) {
    const PaneKey key = pane_key(group_, rule);
    if (is_long(group_, rule)) {
      const PaneRange all{panes_of(key, window_ending(ends.front(), rule.window)).first,
                          pane_number(key, ends.back()) + 1};
      return fill(group_, rule, all, stages_, patience_, stop_, [](const Filled&) {});
    }
    PaneNumbers panes;
    for (const Timestamp end : ends) {
      const auto missing = in_hand_.missing(rule, panes_of(key, window_ending(end, rule.window)));
      panes.insert(panes.end(), missing.begin(), missing.end());
    }
    in_hand_.compute(rule, panes, deadline());
  }

  /// `gathering`: why panes may be missing.
  std::optional<Error> evaluate_window(std::size_t rule, Timestamp end,
                                       const std::optional<Error>& gathering) {
    Evaluation evaluation;
    std::optional<Error> error = attempt([&] {
      evaluation =
          evaluate(group_, group_.rules[rule], end, rolling_[rule], in_hand_, stages_, deadline());
    });
    if (error) return error;
    if (!evaluation.complete())
      return gathering.value_or(Error(Reason::unavailable, "panes of the window are missing"));
    windows_.push_back(*std::move(evaluation.recorded));
    entries_.windows.push_back({.rule = rule_key(group_, group_.rules[rule]),
                                .rule_group = group_.id(),
                                .window = &windows_.back()});
    ++result_.recorded[rule];
    result_.series = std::max(result_.series, std::optional(windows_.back().samples.size()));
    return std::nullopt;
  }

  bool interrupts(const std::optional<Error>& error) {
    if (!error || !concerns_all(error->reason())) return false;
    result_.interrupted = error;
    return true;
  }

  const Group& group_;
  std::vector<RollingWindow>& rolling_;
  const Stages& stages_;
  const Duration patience_;
  const std::stop_token stop_;
  const std::size_t most_failures_;
  PanesInHand in_hand_;
  std::deque<RecordedWindow> windows_;  // what the entries point to
  Entries entries_;
  CaughtUp result_;
};

}  // namespace

bool concerns_all(Reason reason) {
  if (reason == Reason::partial_answer) return false;  // perhaps of a store of old windows alone
  return reason == Reason::canceled || reason == Reason::unauthorized ||
         reason == Reason::http_status || reason == Reason::redirect ||
         kind_of(reason) == FailureKind::not_now;
}

std::size_t count(const MissingWindows& missing) {
  std::size_t windows = 0;
  for (const auto& ends : missing) windows += ends.size();
  return windows;
}

std::vector<Timestamp> missing_windows(const Group& group, const Rule& rule, Timestamp after,
                                       Timestamp until, const Stages& stages) {
  const Timestamp first = align_down(after, group.interval, group.eval_offset) + group.interval;
  const std::vector<Timestamp> known =
      stages.journal.window_ends(rule_key(group, rule), first, until);
  std::vector<Timestamp> missing;
  auto next = known.begin();
  for (Timestamp end = first; end <= until; end += group.interval) {
    while (next != known.end() && *next < end) ++next;
    if (next == known.end() || *next != end) missing.push_back(end);
  }
  return missing;
}

std::vector<Timestamp> slots_of(const MissingWindows& missing) {
  std::vector<Timestamp> slots;
  for (const auto& ends : missing) {
    if (ends == slots) continue;  // the usual case: rules lack the same
    std::vector<Timestamp> both;
    std::ranges::set_union(slots, ends, std::back_inserter(both));
    slots = std::move(both);
  }
  return slots;
}

MissingWindows oldest_of(const MissingWindows& missing, std::size_t slots) {
  MissingWindows part;
  for (const auto& ends : missing) {
    part.emplace_back(ends.begin(),
                      ends.begin() + static_cast<std::ptrdiff_t>(std::min(slots, ends.size())));
  }
  const std::vector<Timestamp> all = slots_of(part);
  if (all.size() <= slots) return part;
  for (auto& ends : part) ends.erase(std::ranges::lower_bound(ends, all[slots]), ends.end());
  return part;
}

CaughtUp evaluate_missing(const Group& group, const MissingWindows& missing,
                          std::vector<RollingWindow>& rolling, const Stages& stages,
                          Duration patience, std::stop_token stop, std::size_t most_failures) {
  Batch batch(group, rolling, stages, patience, std::move(stop), most_failures);
  for (std::size_t rule = 0; rule < missing.size(); ++rule) {
    if (!missing[rule].empty() && !batch.evaluate_rule(rule, missing[rule])) break;
  }
  return batch.finish();
}

std::size_t batch_of(const Group& group, std::int64_t most_points,
                     std::optional<std::size_t> series) {
  if (!series) return 1;
  const std::int64_t points = std::max<std::int64_t>(1, group.interval / group.step);
  const std::size_t partials =
      kMostPartials / std::max<std::size_t>(1, *series * group.rules.size());
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, most_points / points));
  return std::clamp<std::size_t>(partials, 1, most);
}

}  // namespace downsampled
