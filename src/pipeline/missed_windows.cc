#include "pipeline/missed_windows.h"

#include <algorithm>
#include <chrono>

#include "base/duration.h"
#include "base/log.h"
#include "pipeline/fill.h"
#include "query/failure.h"

namespace downsampled {
namespace {

using namespace std::chrono_literals;

// Small queries, so that live ones hardly wait for one of them where the source takes few at once.
constexpr std::int64_t kMostPoints = 1000;

constexpr Duration kBreath = 1s;  // after each step with a window that failed

// Of those that are too old, looked for in one gap; what is older yet was never worth a count.
constexpr int kMostLost = 100'000;

std::optional<Timestamp> oldest(const MissingWindows& missing) {
  std::optional<Timestamp> first;
  for (const auto& ends : missing) {
    if (!ends.empty()) first = std::min(first.value_or(ends.front()), ends.front());
  }
  return first;
}

std::optional<Timestamp> newest(const MissingWindows& missing) {
  std::optional<Timestamp> last;
  for (const auto& ends : missing) {
    if (!ends.empty()) last = std::max(last.value_or(ends.back()), ends.back());
  }
  return last;
}

}  // namespace

MissedWindows::MissedWindows(std::shared_ptr<const Group> group, const GroupMetrics& metrics,
                             const Stages& stages, Duration max_age, Duration patience,
                             const FillProgress::Show& show)
    : group_(std::move(group)),
      metrics_(metrics),
      stages_(stages),
      max_age_(max_age),
      patience_(patience),
      rolling_(group_->rules.size()),
      lost_(group_->rules.size(), Timestamp::min()) {
  for (std::size_t rule = 0; rule < group_->rules.size(); ++rule) {
    fillings_.emplace_back(*group_, group_->rules[rule], *metrics_.rules[rule], stages_, show);
  }
}

void MissedWindows::begin(bool damaged, std::vector<Settled>& settled) const {
  const Timestamp now = stages_.clock.now();
  const Timestamp before = last_complete_slot(*group_, now) - group_->interval;
  const Timestamp from = damaged ? std::min(before, now - max_age_) : before;
  for (const Rule& rule : group_->rules) {
    const RuleKey key = rule_key(*group_, rule);
    if (!stages_.journal.settled(key)) settled.push_back({key, group_->id(), from});
  }
}

void MissedWindows::live_ended(Timestamp slot, const Outcome& outcome) {
  const bool well = outcome.failed == 0;
  until_ = slot - group_->interval;  // also back, where the clock was set back
  filling_ = outcome.filling > 0;
  recorded_ = well && !filling_ ? slot : std::min(recorded_, *until_);
  if (well && !well_) {  // what ailed live ails the older windows no more
    next_pass_.reset();
    failed_.clear();
    passes_ = 0;
    for (RuleFilling& filling : fillings_) filling.wait_no_longer();
  }
  well_ = well;
  scan();
}

/// Finds out what is missing now.
void MissedWindows::scan() {
  const Timestamp limit = stages_.clock.now() - max_age_;
  // Nothing is missing, nor settled, of a time that a clock that was set back has not reached.
  const Timestamp complete = last_complete_slot(*group_, stages_.clock.now());
  // Of live's own slot too the journal is asked: it may be another file than the one that had it.
  const Timestamp last = std::min(std::max(*until_, recorded_), complete);
  const int replacements = stages_.journal.replacements();
  std::vector<Settled> settled;
  missing_.clear();
  for (std::size_t rule = 0; rule < group_->rules.size(); ++rule) {
    missing_.push_back(find_missing(rule, last, limit, settled));
  }
  stages_.journal.settle(settled, replacements);
  scan_panes();
  if (downsampled::count(missing_) == 0) end_pass();
}

/// The rule's windows that are to be tried; those before `limit` are lost.
std::vector<Timestamp> MissedWindows::find_missing(std::size_t rule, Timestamp last,
                                                   Timestamp limit, std::vector<Settled>& settled) {
  const RuleKey key = rule_key(*group_, group_->rules[rule]);
  const std::optional<Timestamp> known = settled_until(key);
  const Timestamp before = std::max(known.value_or(limit), limit - kMostLost * group_->interval);
  // The usual case: not worth another question.
  std::vector<Timestamp> missing =
      before >= last ? std::vector<Timestamp>{}
                     : missing_windows(*group_, group_->rules[rule], before, last, stages_);
  const auto young = std::ranges::lower_bound(missing, limit);
  give_up(rule, {missing.begin(), young});
  missing.erase(missing.begin(), young);
  const Timestamp until = missing.empty() ? last : missing.front() - group_->interval;
  if (!known || until > *known) settled.push_back({key, group_->id(), until});
  metrics_.rules[rule]->missing.Set(static_cast<double>(missing.size()));
  std::erase_if(missing, [&](Timestamp end) { return failed_.contains({rule, end}); });
  return missing;
}

/// Which windows lack no panes, and where the others may lack some.
void MissedWindows::scan_panes() {
  ready_ = missing_;
  PanesInHand in_hand(*group_, stages_);
  for (std::size_t index = 0; index < group_->rules.size(); ++index) {
    const Rule& rule = group_->rules[index];
    std::vector<Timestamp>& ready = ready_[index];
    fillings_[index].want({});
    if (!is_long(*group_, rule) || (ready.empty() && !filling_)) {
      if (well_) metrics_.rules[index]->panes_missing.Set(0);
      continue;
    }
    const PaneKey key = pane_key(*group_, rule);
    const Timestamp newest = *until_ + group_->interval;
    const PaneRange live = panes_of(key, window_ending(newest, rule.window));
    const Timestamp oldest = ready.empty() ? newest : ready.front();
    const PaneRange all{panes_of(key, window_ending(oldest, rule.window)).first, live.behind};
    const PaneNumbers missing = in_hand.missing(rule, all);
    std::erase_if(ready, [&](Timestamp end) {
      const PaneRange panes = panes_of(key, window_ending(end, rule.window));
      const auto first = std::ranges::lower_bound(missing, panes.first);
      return first != missing.end() && *first < panes.behind;
    });
    if (!missing.empty()) fillings_[index].want(all);
    metrics_.rules[index]->panes_missing.Set(static_cast<double>(missing.size()));
  }
}

/// Until when nothing is missing, where the journal knows: it does not of a file that was moved
/// aside while we ran, and not what a clock that was ahead said.
std::optional<Timestamp> MissedWindows::settled_until(const RuleKey& key) const {
  const std::optional<Timestamp> known = stages_.journal.settled(key);
  // By less the clock was set back, and the group waits for it.
  return known && *known > stages_.clock.now() + longest_wait(*group_) ? std::nullopt : known;
}

void MissedWindows::give_up(std::size_t rule, const std::vector<Timestamp>& lost) {
  if (lost.empty()) return;
  metrics_.rules[rule]->lost.Increment(static_cast<double>(lost.size()));
  // Of a gap that goes on, one line.
  const bool new_gap = lost.front() - group_->interval != lost_[rule];
  lost_[rule] = lost.back();
  const auto level = new_gap ? log::error : log::debug;
  level(
      "windows lost: older than --catch-up.max-age (CATCH_UP_MAX_AGE); `downsampled backfill` "
      "records them where the source still has the data",
      {{"rule_group", group_->id()},
       {"rule", group_->rules[rule].record},
       {"from", format_timestamp(lost.front())},
       {"to", format_timestamp(lost.back())},
       {"windows", lost.size()}});
}

void MissedWindows::retry(SteadyTime now) {
  if (!next_pass_ || now < *next_pass_) return;
  next_pass_.reset();
  failed_.clear();
  scan();
}

std::optional<Timestamp> MissedWindows::oldest_ready(SteadyTime now) {
  if (next_step_ && now < *next_step_) return std::nullopt;
  next_step_.reset();
  return oldest(ready_);
}

bool MissedWindows::is_due_to_fill(SteadyTime now) const {
  return !next_step_ &&
         std::ranges::any_of(fillings_, [now](const auto& one) { return one.is_due(now); });
}

std::optional<SteadyTime> MissedWindows::waits_until() const {
  std::optional<SteadyTime> first;
  const auto also = [&first](const std::optional<SteadyTime>& time) {
    if (time) first = std::min(first.value_or(*time), *time);
  };
  also(next_pass_);
  also(next_step_);
  for (const RuleFilling& filling : fillings_) also(filling.waits_until());
  return first;
}

MissedWindows::Step MissedWindows::step(const std::stop_token& stop) {
  const auto last = newest(missing_);
  if (last && *last > last_complete_slot(*group_, stages_.clock.now())) {
    scan();  // the clock was set back
    return {};
  }
  return downsampled::count(ready_) > 0 ? record(stop) : fill(stop);
}

std::size_t MissedWindows::most_slots() const {
  return batch_of(*group_, std::min(kMostPoints, stages_.sizes.bounds().max_points), series_);
}

MissedWindows::Step MissedWindows::record(const std::stop_token& stop) {
  const MissingWindows part = oldest_of(ready_, most_slots());
  const CaughtUp result = evaluate_missing(*group_, part, rolling_, stages_, patience_, stop, 1);
  count(result);
  if (result.interrupted && stop.stop_requested()) return {};
  if (!result.failed.empty()) next_step_ = stages_.clock.steady_now() + kBreath;
  Step done{.ailing = result.interrupted};
  const bool slow = !result.failed.empty() && may_pass(result.failed.back().error.reason());
  if (slow && !done.ailing) done.ailing = result.failed.back().error;
  scan();
  return done;
}

/// One query for panes of the first rule that lacks some.
MissedWindows::Step MissedWindows::fill(const std::stop_token& stop) {
  const SteadyTime now = stages_.clock.steady_now();
  const auto due =
      std::ranges::find_if(fillings_, [now](const auto& one) { return one.is_due(now); });
  if (due == fillings_.end()) return {};
  const Filled filled = due->fill(most_slots(), {now + patience_, stop});
  if (stop.stop_requested()) return {};
  series_ = std::max(series_, filled.series);
  if (filled.error) return {.ailing = ails_source(*filled.error) ? filled.error : std::nullopt};
  if (filled.left > 0) return {};
  scan();
  return {.filled = true};
}

void MissedWindows::count(const CaughtUp& result) {
  std::size_t recorded = 0;
  for (std::size_t rule = 0; rule < result.recorded.size(); ++rule) {
    const auto windows = static_cast<double>(result.recorded[rule]);
    metrics_.rules[rule]->evaluations.Increment(windows);
    metrics_.rules[rule]->caught_up.Increment(windows);
    recorded += result.recorded[rule];
  }
  if (recorded > 0 && caught_up_ == 0) {
    log::info("catching up", {{"rule_group", group_->id()},
                              {"windows", downsampled::count(missing_)},
                              {"from", format_timestamp(*oldest(missing_))},
                              {"to", format_timestamp(*newest(missing_))}});
  }
  caught_up_ += recorded;
  series_ = std::max(series_, result.series);
  for (const FailedWindow& failure : result.failed) count_failure(failure);
}

void MissedWindows::count_failure(const FailedWindow& failure) {
  RuleMetrics& metrics = *metrics_.rules[failure.rule];
  metrics.evaluations.Increment();
  metrics.count_failure(failure.error.reason());
  const bool first_of_rule = passes_ == 0 && std::ranges::none_of(failed_, [&](const auto& known) {
                               return known.first == failure.rule;
                             });
  failed_.emplace(failure.rule, failure.end);
  const auto level = first_of_rule ? log::warn : log::debug;
  level("window failed; it and others like it are tried again until older than --catch-up.max-age",
        {{"rule_group", group_->id()},
         {"rule", group_->rules[failure.rule].record},
         {"window_end", format_timestamp(failure.end)},
         {"reason", to_string(failure.error.reason())},
         {"error", failure.error.message()}});
}

/// Nothing is left to try but what has failed.
void MissedWindows::end_pass() {
  if (!failed_.empty()) {
    if (!next_pass_) next_pass_ = stages_.clock.steady_now() + pause_after(passes_++);
    return;
  }
  passes_ = 0;
  if (caught_up_ == 0) return;
  log::info("caught up", {{"rule_group", group_->id()}, {"windows", caught_up_}});
  caught_up_ = 0;
  rolling_.assign(group_->rules.size(), {});
}

}  // namespace downsampled
