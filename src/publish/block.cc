#include "publish/block.h"

#include <cassert>
#include <string>
#include <utility>

#include "model/exposition.h"

namespace downsampled {
namespace {

// About as long as the line of a recorded series, so that a block's text is allocated few times.
constexpr std::size_t kLine = 128;

std::shared_ptr<const Block> make_block(const Group& group, const Rule& rule,
                                        const RecordedWindow& window) {
  std::string text;
  text.reserve(window.samples.size() * kLine);
  for (const RecordedSample& sample : window.samples) {
    append_sample(text, rule.record, sample.labels, sample.value);
  }
  text.shrink_to_fit();
  auto block = std::make_shared<Block>();
  block->lines = make_piece(std::move(text), Compression::small);
  block->series = window.samples.size();
  block->slot = window.window.end;
  block->expires = window.window.end + group.query_offset + group.stale_after;
  return block;
}

}  // namespace

std::shared_ptr<const Blocks> next_blocks(const Blocks* before, const Snapshot& snapshot) {
  const Group& group = *snapshot.group;
  assert(snapshot.windows.size() == group.rules.size());
  auto blocks =
      before ? std::make_shared<Blocks>(*before) : std::make_shared<Blocks>(group.rules.size());
  for (std::size_t i = 0; i < group.rules.size(); ++i) {
    if (snapshot.windows[i]) {
      (*blocks)[i] = make_block(group, group.rules[i], *snapshot.windows[i]);
    }
  }
  return blocks;
}

}  // namespace downsampled
