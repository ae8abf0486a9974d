// A recorded window as it is published: rendered and compressed once, when it is committed, and
// never changed after. Every page that shows it shares it.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "model/snapshot.h"
#include "publish/deflate.h"

namespace downsampled {

struct PublishedWindow {
  Piece lines;  ///< the samples; the same bytes in both formats
  std::size_t series = 0;
  Timestamp slot{};     ///< the end of its window
  Timestamp expires{};  ///< from then on it is shown no more
};

/// What a group shows: one a rule, null where the rule never had a window.
using PublishedWindows = std::vector<std::shared_ptr<const PublishedWindow>>;

/// What the group shows after `snapshot`: the new windows rendered, and where a rule failed its
/// one of `before`, unless that is of a later slot. Null `before`: nothing was shown. One expires
/// `stale_after` after its window's slot was due.
std::shared_ptr<const PublishedWindows> next_windows(const PublishedWindows* before,
                                                     const Snapshot& snapshot);

}  // namespace downsampled
