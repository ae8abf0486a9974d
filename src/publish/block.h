// A recorded window as it is published: rendered and compressed once, when it is committed, and
// never changed after. Every page that shows it shares it.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "model/snapshot.h"
#include "publish/deflate.h"

namespace downsampled {

struct Block {
  Piece lines;  ///< the samples; the same bytes in both formats
  std::size_t series = 0;
  Timestamp slot{};     ///< the end of its window
  Timestamp expires{};  ///< from then on it is shown no more
};

/// What a group shows: a block a rule, null where the rule never had a window.
using Blocks = std::vector<std::shared_ptr<const Block>>;

/// What the group shows after `snapshot`: the new windows rendered, and where a rule failed its
/// block of `before`. Null `before`: nothing was shown. A block expires `stale_after` after its
/// window's slot was due.
std::shared_ptr<const Blocks> next_blocks(const Blocks* before, const Snapshot& snapshot);

}  // namespace downsampled
