#include "pipeline/fill_progress.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/duration.h"
#include "base/log.h"

namespace downsampled {
namespace {

constexpr auto kBetweenLines = std::chrono::seconds(10);

}  // namespace

FillProgress::FillProgress(const Group& group, const Rule& rule, RuleMetrics& metrics,
                           const Clock& clock, const Show& show)
    : group_(group), rule_(rule), metrics_(metrics), clock_(clock), show_(show) {}

void FillProgress::take(const Filled& filled) {
  const std::size_t done = filled.computed + filled.lost;
  metrics_.panes_filled.Increment(static_cast<double>(filled.computed));
  metrics_.panes_lost.Increment(static_cast<double>(filled.lost));
  metrics_.panes_missing.Set(static_cast<double>(filled.left));
  if (total_ == 0 && filled.left == 0 && done == 0) return;
  total_ = std::max(total_, filled.left + done);
  lost_ += filled.lost;
  if (show_) show_(rule_.record, total_ - filled.left, total_);
  const SteadyTime now = clock_.steady_now();
  if (filled.left > 0 && logged_ && now - *logged_ < kBetweenLines) return;
  log_state(filled.left);
  logged_ = now;
  if (filled.left > 0) return;
  total_ = lost_ = 0;
  logged_.reset();
}

void FillProgress::failed(const Error& error, bool first) const {
  const auto level = first ? log::warn : log::debug;
  level("panes of a long window cannot be had; they are asked for again",
        {{"rule_group", group_.id()},
         {"rule", rule_.record},
         {"reason", to_string(error.reason())},
         {"error", error.message()}});
}

void FillProgress::log_state(std::size_t left) const {
  log::info(left > 0 ? "filling a long window" : "filled a long window",
            {{"rule_group", group_.id()},
             {"rule", rule_.record},
             {"window", format_duration(rule_.window)},
             {"panes", total_},
             {"left", left},
             {"lost", lost_}});
}

}  // namespace downsampled
