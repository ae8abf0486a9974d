#include "aggregate/rolling_window.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/error.h"

namespace downsampled {
namespace {

/// Of the largest aligned block that begins at `first` and has at most `most` panes.
int level_at(std::int64_t first, std::int64_t most) {
  const int aligned = std::countr_zero(static_cast<std::uint64_t>(first));
  const int fitting = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(most))) - 1;
  return std::min(aligned, fitting);
}

std::int64_t panes_in(int level) { return std::int64_t{1} << level; }

/// The first multiple of 2^level that is not before `pane`.
std::int64_t align_up(std::int64_t pane, int level) {
  return (pane + panes_in(level) - 1) >> level << level;
}

}  // namespace

std::vector<RollingWindow::Id> RollingWindow::blocks_of(PaneRange panes) {
  std::vector<Id> ids;
  for (std::int64_t first = panes.first; first < panes.behind;
       first += panes_in(ids.back().level)) {
    const int level = level_at(first, panes.behind - first);
    ids.push_back({level, first >> level});
  }
  return ids;
}

BlockPtr RollingWindow::merged(PaneRange window, std::span<const PaneRange> runs,
                               const Leaf& leaf) {
  window_ = window;
  complete_ = {};
  const std::map<Id, BlockPtr> before = held_;
  std::map<Id, BlockPtr> held;
  std::vector<BlockPtr> blocks;
  for (const PaneRange& run : runs) {
    for (const Id& id : blocks_of(run)) {
      blocks.push_back(held.emplace(id, block(id, leaf)).first->second);
    }
  }
  held_ = std::move(held);
  for (const auto& [id, block] : before) {
    if (!held_.contains(id)) keep_ahead(id, block);
  }
  if (runs.size() == 1 && runs.front() == window) complete_ = window;
  return merge(blocks);
}

BlockPtr RollingWindow::find(Id id) const {
  if (const auto held = held_.find(id); held != held_.end()) return held->second;
  const auto ahead = ahead_.find(id.level);
  const bool ready =
      ahead != ahead_.end() && ahead->second.index == id.index && is_ready(id.level, ahead->second);
  return ready ? ahead->second.parts.front().second : nullptr;
}

BlockPtr RollingWindow::block(Id id, const Leaf& leaf) {
  if (BlockPtr known = find(id)) return known;
  BlockPtr made;
  if (id.level == 0) {
    std::optional<Block> one = read(id.index, leaf);
    if (!one) throw Error(Reason::damaged, "the journal has lost a pane of the window");
    made = std::make_shared<const Block>(*std::move(one));
  } else {
    const BlockPtr halves[] = {block({id.level - 1, 2 * id.index}, leaf),
                               block({id.level - 1, 2 * id.index + 1}, leaf)};
    made = merge(halves);
  }
  keep_ahead(id, made);
  return made;
}

std::optional<Block> RollingWindow::read(std::int64_t pane, const Leaf& leaf) {
  std::optional<Block> block = leaf(pane);
  ++panes_read_;
  if (block) block->labels = shared(std::move(block->labels));
  return block;
}

/// The same label sets as a block that is here has, where one has them: they take the most memory.
LabelSets RollingWindow::shared(LabelSets labels) const {
  const LabelSets* seen = &labels;
  const auto same = [&](const BlockPtr& block) {
    if (block->labels == *seen) return false;
    seen = &block->labels;
    return *block->labels == *labels;
  };
  for (const auto& [id, block] : held_) {
    if (same(block)) return block->labels;
  }
  for (const auto& [level, ahead] : ahead_) {
    for (const auto& [part_level, block] : ahead.parts) {
      if (same(block)) return block->labels;
    }
  }
  return labels;
}

/// The right half of the next block of level + 1 that the tail will cut, once that is complete.
std::optional<std::int64_t> RollingWindow::wanted_ahead(int level) const {
  const std::int64_t parent = align_up(window_.first, level + 1);
  const bool whole = parent + panes_in(level + 1) <= window_.behind;
  return whole ? std::optional((parent >> level) + 1) : std::nullopt;
}

bool RollingWindow::is_ready(int level, const Ahead& ahead) const {
  return ahead.parts.size() == 1 && ahead.parts.front().first == level;
}

/// What is in hand now need not be read later.
void RollingWindow::keep_ahead(Id id, const BlockPtr& block) {
  if (wanted_ahead(id.level) != id.index) return;
  ahead_[id.level] = {
      .index = id.index, .next = (id.index + 1) << id.level, .parts = {{id.level, block}}};
}

void RollingWindow::read_ahead(const Leaf& leaf) {
  std::erase_if(ahead_, [this](const auto& known) {
    return wanted_ahead(known.first) != known.second.index;
  });
  for (int level = 0; panes_in(level + 1) <= window_.size(); ++level) {
    const auto wanted = wanted_ahead(level);
    if (!wanted) continue;
    const std::int64_t first = *wanted << level;
    Ahead& ahead = ahead_.try_emplace(level, Ahead{.index = *wanted, .next = first}).first->second;
    if (!advance(level, ahead, leaf)) ahead_.erase(level);
  }
}

/// Whether every pane was to be had.
bool RollingWindow::advance(int level, Ahead& ahead, const Leaf& leaf) {
  const std::int64_t end = (ahead.index + 1) << level;
  const std::int64_t slots = ((ahead.index - 1) << level) + 1 - window_.first;  // until it is cut
  const std::int64_t left = end - ahead.next;
  const std::int64_t until =
      std::min(end, ahead.next + std::max<std::int64_t>(1, (left + slots - 1) / slots));
  for (; ahead.next < until; ++ahead.next) {
    std::optional<Block> one = read(ahead.next, leaf);
    if (!one) return false;
    ahead.parts.emplace_back(0, std::make_shared<const Block>(*std::move(one)));
    while (ahead.parts.size() > 1 && ahead.parts.back().first == ahead.parts.end()[-2].first) {
      const BlockPtr halves[] = {ahead.parts.end()[-2].second, ahead.parts.back().second};
      ahead.parts.pop_back();
      ahead.parts.back() = {ahead.parts.back().first + 1, merge(halves)};
    }
  }
  return true;
}

RollingWindow::Numbers RollingWindow::numbers() const {
  Numbers numbers{.blocks = {}, .bytes = 0, .panes_read = panes_read_};
  const auto count = [&](int level, const BlockPtr& block) {
    const auto index = static_cast<std::size_t>(level);
    if (numbers.blocks.size() <= index) numbers.blocks.resize(index + 1);
    ++numbers.blocks[index];
    numbers.bytes += block->partials.bytes();
  };
  for (const auto& [id, block] : held_) count(id.level, block);
  for (const auto& [level, ahead] : ahead_) {
    for (const auto& [part_level, block] : ahead.parts) count(part_level, block);
  }
  return numbers;
}

}  // namespace downsampled
