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

/// The rules that have no window for the slot: a rule that failed shows an older one.
std::size_t rules_without(const Blocks& blocks, Timestamp slot) {
  return static_cast<std::size_t>(
      std::count_if(blocks.begin(), blocks.end(),
                    [slot](const auto& block) { return !block || block->slot != slot; }));
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
  const std::size_t failed = rules_without(*after, snapshot.slot);
  decltype(State::pages) outdated;

  auto state = state_.lock();
  state->blocks[index] = std::move(after);
  state->status[index].slot = snapshot.slot;
  state->status[index].failed_rules = failed;
  ++state->version;
  state->pages.swap(outdated);
}

Exporter::Parts Exporter::identity(ExpositionFormat format) {
  Parts parts;
  const std::vector<std::shared_ptr<const Blocks>> blocks = state_.lock()->blocks;
  families_.for_each_piece(format, blocks, clock_.now(),
                           [&](const auto& piece) { parts.emplace_back(piece, &piece->text); });
  return parts;
}

std::shared_ptr<const Exporter::Page> Exporter::gzip_page(ExpositionFormat format) {
  const auto index = static_cast<std::size_t>(format);
  const Timestamp now = clock_.now();
  auto made = std::make_shared<Page>();
  std::vector<std::shared_ptr<const Blocks>> blocks;
  {
    auto state = state_.lock();
    if (const auto& page = state->pages[index]; page && now < page->expires) return page;
    blocks = state->blocks;
    made->version = state->version;
  }
  made->expires = next_expiry(blocks, now);
  families_.for_each_piece(format, blocks, now,
                           [&](const auto& piece) { made->body.append(*piece); });
  auto state = state_.lock();
  if (state->version == made->version) state->pages[index] = made;
  return made;
}

std::string Exporter::rest(ExpositionFormat format) const {
  std::string text = self_metrics_(format);
  append_end(text, format);
  return text;
}

Exporter::Parts Exporter::scrape(ExpositionFormat format, Encoding encoding) {
  // The recorded series first: what is said about a window is known before the window is shown.
  if (encoding == Encoding::identity) {
    Parts parts = identity(format);
    parts.push_back(std::make_shared<std::string>(rest(format)));
    return parts;
  }
  const std::shared_ptr<const Page> recorded = gzip_page(format);
  Piece piece = make_piece(rest(format), Compression::fast);
  const std::string trailer = recorded->body.trailer(piece);
  return {std::shared_ptr<const std::string>(recorded, &recorded->body.bytes()),
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
