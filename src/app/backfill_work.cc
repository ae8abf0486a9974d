#include "app/backfill_work.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace downsampled {
namespace {

constexpr Duration kBatch = std::chrono::seconds(5);

/// Takes the windows of the oldest slots away from the others.
MissingWindows cut_oldest(MissingWindows& windows, std::size_t slots) {
  MissingWindows oldest = oldest_of(windows, slots);
  for (std::size_t rule = 0; rule < windows.size(); ++rule) {
    auto& ends = windows[rule];
    ends.erase(ends.begin(), ends.begin() + static_cast<std::ptrdiff_t>(oldest[rule].size()));
  }
  return oldest;
}

}  // namespace

BackfillWork::BackfillWork(Groups groups, std::vector<MissingWindows> missing,
                           std::int64_t most_points, std::size_t lanes)
    : groups_(std::move(groups)), most_points_(most_points) {
  const auto state = state_.lock();
  state->lanes.resize(lanes);
  state->paces.resize(groups_.size());
  for (std::size_t group = 0; group < missing.size(); ++group) {
    total_ += count(missing[group]);
    if (count(missing[group]) > 0) state->waiting.push_back({group, std::move(missing[group])});
  }
}

std::optional<BackfillWork::Batch> BackfillWork::take(std::size_t lane) {
  const auto state = state_.lock();
  Batch& own = state->lanes[lane];
  if (count(own.windows) == 0 && !refill(*state, lane)) return std::nullopt;
  const Pace& pace = state->paces[own.group];
  const std::size_t most = batch_of(*groups_[own.group], most_points_, pace.series);
  return Batch{own.group, cut_oldest(own.windows, std::min(pace.slots, most))};
}

bool BackfillWork::refill(State& state, std::size_t lane) {
  Batch& own = state.lanes[lane];
  if (!state.waiting.empty()) {
    own = std::move(state.waiting.front());
    state.waiting.pop_front();
    return true;
  }
  Batch* longest = nullptr;
  std::size_t slots = 0;
  for (Batch& one : state.lanes) {
    const std::size_t its_slots = slots_of(one.windows).size();  // of millions, not twice
    if (its_slots > slots) longest = &one;
    slots = std::max(slots, its_slots);
  }
  if (slots < 2) return false;
  MissingWindows older = cut_oldest(longest->windows, slots / 2);
  own = {longest->group, std::exchange(longest->windows, std::move(older))};
  return true;
}

void BackfillWork::learn(const Batch& batch, Duration elapsed, std::optional<std::size_t> series) {
  const auto state = state_.lock();
  Pace& pace = state->paces[batch.group];
  pace.series = std::max(pace.series, series);
  const std::size_t slots = slots_of(batch.windows).size();
  const auto fitting = static_cast<std::size_t>(static_cast<Duration::rep>(slots) * kBatch.count() /
                                                std::max<Duration::rep>(1, elapsed.count()));
  pace.slots = std::clamp<std::size_t>(fitting, 1, 2 * slots);
}

}  // namespace downsampled
