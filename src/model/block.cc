#include "model/block.h"

#include <utility>

namespace downsampled {
namespace {

void merge_totals(Block& all, const Block& added) {
  all.coverage.merge(added.coverage);
  if (!all.duplicate) all.duplicate = added.duplicate;
}

bool same_labels(std::span<const BlockPtr> blocks) {
  for (const BlockPtr& block : blocks) {
    if (block->labels != blocks.front()->labels) return false;
  }
  return true;
}

/// Without looking at a label: the usual case.
BlockPtr merge_same(std::span<const BlockPtr> blocks) {
  auto all = std::make_shared<Block>(blocks.front()->partials.fields());
  all->labels = blocks.front()->labels;
  for (const BlockPtr& block : blocks) merge_totals(*all, *block);
  all->partials.reserve(all->labels->size());
  for (std::size_t i = 0; i < all->labels->size(); ++i) {
    Partial partial = blocks.front()->partials.at(i);
    for (const BlockPtr& block : blocks.subspan(1)) partial.merge(block->partials.at(i));
    all->partials.push_back(partial);
  }
  return all;
}

BlockPtr merge_two(const Block& older, const Block& newer) {
  auto all = std::make_shared<Block>(older.partials.fields());
  merge_totals(*all, older);
  merge_totals(*all, newer);
  const std::vector<LabelSet>& left = *older.labels;
  const std::vector<LabelSet>& right = *newer.labels;
  std::vector<LabelSet> labels;
  for (std::size_t l = 0, r = 0; l < left.size() || r < right.size();) {
    const bool only_left = r == right.size() || (l < left.size() && left[l] < right[r]);
    const bool only_right = !only_left && (l == left.size() || right[r] < left[l]);
    labels.push_back(only_right ? right[r] : left[l]);
    Partial partial = only_right ? newer.partials.at(r) : older.partials.at(l);
    if (!only_left && !only_right) partial.merge(newer.partials.at(r));
    all->partials.push_back(partial);
    if (!only_right) ++l;
    if (!only_left) ++r;
  }
  // Of series that come and go one list has all: the merge of neighbors then shares it.
  all->labels = labels.size() == right.size() ? newer.labels
                : labels.size() == left.size()
                    ? older.labels
                    : std::make_shared<const std::vector<LabelSet>>(std::move(labels));
  return all;
}

}  // namespace

BlockPtr merge(std::span<const BlockPtr> blocks) {
  if (same_labels(blocks)) return blocks.size() == 1 ? blocks.front() : merge_same(blocks);
  BlockPtr all = blocks.front();
  for (const BlockPtr& block : blocks.subspan(1)) {
    const BlockPtr two[] = {all, block};
    all = same_labels(two) ? merge_same(two) : merge_two(*all, *block);
  }
  return all;
}

}  // namespace downsampled
