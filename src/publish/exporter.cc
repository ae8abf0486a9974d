#include "publish/exporter.h"

#include <algorithm>
#include <utility>

namespace downsampled {
namespace {

std::size_t live_series(const Blocks& blocks, Timestamp now) {
  std::size_t series = 0;
  for (const auto& block : blocks) {
    if (block && now < block->expires) series += block->series;
  }
  return series;
}

/// When the first of the blocks that are shown now expires.
Timestamp next_expiry(const std::vector<std::shared_ptr<const Blocks>>& groups, Timestamp now) {
  Timestamp first = Timestamp::max();
  for (const auto& blocks : groups) {
    if (!blocks) continue;
    for (const auto& block : *blocks) {
      if (block && now < block->expires) first = std::min(first, block->expires);
    }
  }
  return first;
}

}  // namespace

Exporter::Exporter(Groups groups, const Clock& clock, SelfMetrics self_metrics)
    : families_(groups), clock_(clock), self_metrics_(std::move(self_metrics)) {
  auto state = state_.lock();
  state->blocks.resize(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    group_index_.emplace(groups[i]->id(), i);
    state->status.push_back({groups[i], std::nullopt, 0, 0});
  }
}

void Exporter::publish(const Snapshot& snapshot) {
  const std::size_t index = group_index_.at(snapshot.group->id());
  // Held on to, so that what is replaced is freed after the lock was given back.
  const std::shared_ptr<const Blocks> before = state_.lock()->blocks[index];
  std::shared_ptr<const Blocks> after = next_blocks(before.get(), snapshot);
  decltype(State::pages) outdated;

  auto state = state_.lock();
  state->blocks[index] = std::move(after);
  state->status[index].slot = snapshot.slot;
  state->status[index].failed_rules = static_cast<std::size_t>(
      std::count(snapshot.windows.begin(), snapshot.windows.end(), std::nullopt));
  ++state->version;
  state->pages.swap(outdated);
}

std::shared_ptr<const Exporter::Page> Exporter::page(ExpositionFormat format, Encoding encoding) {
  const auto f = static_cast<std::size_t>(format);
  const auto e = static_cast<std::size_t>(encoding);
  const Timestamp now = clock_.now();
  auto made = std::make_shared<Page>();
  std::vector<std::shared_ptr<const Blocks>> blocks;
  {
    auto state = state_.lock();
    if (const auto& page = state->pages[f][e]; page && now < page->expires) return page;
    blocks = state->blocks;
    made->version = state->version;
  }
  made->expires = next_expiry(blocks, now);
  families_.for_each_piece(format, blocks, now, [&](const Piece& piece) {
    encoding == Encoding::identity ? void(made->text += piece.text) : made->gzip.append(piece);
  });
  made->text.shrink_to_fit();
  auto state = state_.lock();
  if (state->version == made->version) state->pages[f][e] = made;
  return made;
}

std::vector<std::shared_ptr<const std::string>> Exporter::scrape(ExpositionFormat format,
                                                                 Encoding encoding) {
  const std::shared_ptr<const Page> recorded = page(format, encoding);
  std::string rest = self_metrics_(format);
  append_end(rest, format);
  using Part = std::shared_ptr<const std::string>;
  if (encoding == Encoding::identity) {
    return {Part(recorded, &recorded->text), std::make_shared<std::string>(std::move(rest))};
  }
  Piece piece = make_piece(std::move(rest), Compression::fast);
  const std::string trailer = recorded->gzip.trailer(piece);
  return {Part(recorded, &recorded->gzip.bytes()),
          std::make_shared<std::string>(std::move(piece.deflated) + trailer)};
}

std::vector<GroupStatus> Exporter::status() const {
  const Timestamp now = clock_.now();
  auto state = state_.lock();
  std::vector<GroupStatus> status = state->status;
  for (std::size_t i = 0; i < status.size(); ++i) {
    if (state->blocks[i]) status[i].series = live_series(*state->blocks[i], now);
  }
  return status;
}

}  // namespace downsampled
