#include "pipeline/rule_filling.h"

#include <algorithm>
#include <chrono>

#include "pipeline/lost_panes.h"

namespace downsampled {
namespace {

constexpr int kRefusalsForGood = 4;  // with the pauses between them, seven minutes

}  // namespace

Duration pause_after(int failures) {
  constexpr int kMostDoublings = 6;
  return std::chrono::minutes(1) * (1 << std::min(failures, kMostDoublings));
}

RuleFilling::RuleFilling(const Group& group, const Rule& rule, RuleMetrics& metrics,
                         const Stages& stages, const FillProgress::Show& show)
    : group_(group),
      rule_(rule),
      stages_(stages),
      progress_(group, rule, metrics, stages.clock, show) {}

void RuleFilling::wait_no_longer() {
  next_.reset();
  for (auto& [pane, refusals] : refused_) refusals.next = {};
}

Part RuleFilling::next_part(std::size_t most, SteadyTime now) const {
  Part part{.most = std::min(most_, most)};
  for (const auto& [pane, refusals] : refused_) {
    if (now < refusals.next) part.without.insert(pane);
  }
  return part;
}

Filled RuleFilling::fill(std::size_t most, const Deadline& deadline) {
  const SteadyTime now = stages_.clock.steady_now();
  Filled filled = fill_newest(group_, rule_, wanted_, next_part(most, now), stages_, deadline);
  if (deadline.stop.stop_requested()) return filled;
  if (filled.error) {
    failed(filled, now, deadline);
  } else if (filled.computed + filled.lost > 0) {
    failures_ = 0;
    most_ *= 2;
  } else if (filled.left > 0 && filled.left <= refused_.size()) {
    wait_for_refused();
  }
  if (filled.left == 0) {
    refused_.clear();
    lost_.clear();
  }
  progress_.take(filled);
  return filled;
}

void RuleFilling::failed(Filled& filled, SteadyTime now, const Deadline& deadline) {
  most_ = std::max<std::size_t>(1, most_ / 4);
  if (filled.refused) {
    Refusals& refusals = refused_[*filled.refused];
    refusals.next = now + pause_after(refusals.count);
    ++refusals.count;
    if (is_for_good(*filled.refused, *filled.error) &&
        lose_refused(group_, rule_, *filled.refused, stages_, deadline)) {
      lost_.insert(*filled.refused);
      return filled.count_lost();
    }
  }
  // One pane alone keeps no others waiting; several one after the other may be the rule's fault.
  if (filled.refused && failures_ > 0) next_ = now + pause_after(0);
  progress_.failed(*filled.error, failures_++ == 0);
}

/// What is refused beside a pane that is lost is so for the same reason.
bool RuleFilling::is_for_good(std::int64_t pane, const Error& error) const {
  if (!is_about_samples(error)) return false;
  return lost_.contains(pane + 1) || lost_.contains(pane - 1) ||
         refused_.at(pane).count >= kRefusalsForGood;
}

/// There is nothing else to ask for.
void RuleFilling::wait_for_refused() {
  const auto next = std::ranges::min_element(
      refused_, {}, [](const auto& refused) { return refused.second.next; });
  if (next != refused_.end()) next_ = next->second.next;
}

}  // namespace downsampled
