// One rule's window as it moves from slot to slot: the merge of O(log n) blocks instead of n panes.
// Blocks are aligned to absolute time: the block `index` of level L is the panes
// [index << L, (index + 1) << L), merged as a binary tree, and a window is its largest blocks from
// the oldest to the newest. So the same panes come to the same bits whatever was kept in memory.
// Between slots it keeps the blocks of the last window; where the tail is about to cut one, it
// reads the panes of the part that stays ahead, a few each slot. Panes never change, so nothing
// here is ever stale. Owned by whoever evaluates the rule, on its thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "model/block.h"
#include "model/pane.h"

namespace downsampled {

class RollingWindow {
 public:
  /// The block of one pane; empty where the pane is not to be had (any more).
  using Leaf = std::function<std::optional<Block>(std::int64_t pane)>;

  /// The panes of these runs merged, which lie in `window` in the order of time; at least one pane.
  /// What the next slot needs of it is kept. Throws Error{damaged} where a pane is not to be had,
  /// and what `leaf` throws; then nothing is kept.
  BlockPtr merged(PaneRange window, std::span<const PaneRange> runs, const Leaf& leaf);

  /// Reads panes that the next windows will need, as many as keep pace. After merged().
  void read_ahead(const Leaf& leaf);

  /// The panes of the last window when it had all of them; else none.
  PaneRange complete() const noexcept { return complete_; }

  struct Numbers {
    std::vector<std::size_t> blocks;  ///< by level
    std::size_t bytes = 0;            ///< of their partials
    std::uint64_t panes_read = 0;     ///< leaves taken since it was made
  };
  Numbers numbers() const;

 private:
  struct Id {
    int level;
    std::int64_t index;
    friend auto operator<=>(const Id&, const Id&) = default;
  };
  /// What stays of the next block of a level that the tail will cut: its right half.
  struct Ahead {
    std::int64_t index = 0;
    std::int64_t next = 0;                             // pane to be read
    std::vector<std::pair<int, BlockPtr>> parts = {};  // with their levels, falling
  };

  static std::vector<Id> blocks_of(PaneRange panes);
  std::optional<std::int64_t> wanted_ahead(int level) const;
  bool is_ready(int level, const Ahead& ahead) const;
  BlockPtr find(Id id) const;
  BlockPtr block(Id id, const Leaf& leaf);
  std::optional<Block> read(std::int64_t pane, const Leaf& leaf);
  LabelSets shared(LabelSets labels) const;
  void keep_ahead(Id id, const BlockPtr& block);
  bool advance(int level, Ahead& ahead, const Leaf& leaf);

  PaneRange window_;
  PaneRange complete_;
  std::map<Id, BlockPtr> held_;  // of the last window
  std::map<int, Ahead> ahead_;   // by level
  std::uint64_t panes_read_ = 0;
};

}  // namespace downsampled
