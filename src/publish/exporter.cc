#include "publish/exporter.h"

#include <algorithm>
#include <string>
#include <utility>

#include "model/rule_key.h"

namespace downsampled {
namespace {

std::size_t live_series(const PublishedWindows& windows, Timestamp now) {
  std::size_t series = 0;
  for (const auto& published : windows) {
    if (published && now < published->expires) series += published->series;
  }
  return series;
}

/// The rules that have no window for the slot: a rule that failed shows an older one.
std::size_t rules_without(const PublishedWindows& windows, Timestamp slot) {
  return static_cast<std::size_t>(std::count_if(
      windows.begin(), windows.end(),
      [slot](const auto& published) { return !published || published->slot != slot; }));
}

/// When the first of the windows that are shown now expires.
Timestamp next_expiry(const std::vector<std::shared_ptr<const PublishedWindows>>& groups,
                      Timestamp now) {
  Timestamp first = Timestamp::max();
  for (const auto& windows : groups) {
    if (!windows) continue;
    for (const auto& published : *windows) {
      if (published && now < published->expires) first = std::min(first, published->expires);
    }
  }
  return first;
}

/// Rules without a window of their own show what the same rules did in the group whose place this
/// one takes.
std::shared_ptr<const PublishedWindows> inherited(const Group& group, const PublishedWindows* own,
                                                  const Group& before,
                                                  const PublishedWindows& shown) {
  auto windows = own ? std::make_shared<PublishedWindows>(*own)
                     : std::make_shared<PublishedWindows>(group.rules.size());
  for (std::size_t i = 0; i < group.rules.size(); ++i) {
    if ((*windows)[i]) continue;
    const RuleKey key = rule_key(group, group.rules[i]);
    const auto same = std::ranges::find_if(
        before.rules, [&](const Rule& rule) { return rule_key(before, rule) == key; });
    if (same != before.rules.end()) {
      (*windows)[i] = shown[static_cast<std::size_t>(same - before.rules.begin())];
    }
  }
  return windows;
}

}  // namespace

Exporter::Exporter(const Groups& groups, const Clock& clock, SelfMetrics self_metrics)
    : clock_(clock), self_metrics_(std::move(self_metrics)) {
  replace(groups, {});
}

void Exporter::replace(const Groups& groups, const std::vector<Snapshot>& recorded) {
  auto families = std::make_shared<const Families>(groups);
  std::unordered_map<const Group*, std::size_t> places;
  std::unordered_map<std::string, std::size_t> by_id;
  std::vector<GroupStatus> status;
  decltype(State::windows) windows(groups.size());
  for (std::size_t place = 0; place < groups.size(); ++place) {
    places[groups[place].get()] = place;
    by_id[groups[place]->id()] = place;
    status.push_back({groups[place], std::nullopt, 0, 0});
  }
  for (const Snapshot& snapshot : recorded) {
    windows[places.at(snapshot.group.get())] = next_windows(nullptr, snapshot);
  }
  decltype(State::pages) outdated;

  auto state = state_.lock();
  for (const auto& [group, before] : state->places) {
    const auto place = by_id.find(group->id());
    if (place == by_id.end()) continue;
    std::shared_ptr<const PublishedWindows>& now = windows[place->second];
    const auto shown = state->windows[before];
    if (places.contains(group)) {
      status[place->second] = std::move(state->status[before]);
      if (shown) now = shown;
    } else if (shown) {
      now = inherited(*groups[place->second], now.get(), *group, *shown);
    }
  }
  state->waiting = static_cast<std::size_t>(
      std::ranges::count_if(status, [](const GroupStatus& one) { return !one.slot; }));
  state->families.swap(families);
  state->places.swap(places);
  state->status.swap(status);
  state->windows.swap(windows);
  state->pages.swap(outdated);
  ++state->version;
}

void Exporter::publish(const Snapshot& snapshot) {
  const Group* group = snapshot.group.get();
  // Held on to, so that what is replaced is freed after the lock was given back.
  std::shared_ptr<const PublishedWindows> before;
  {
    auto state = state_.lock();
    const auto place = state->places.find(group);
    if (place == state->places.end()) return;
    before = state->windows[place->second];
  }
  std::shared_ptr<const PublishedWindows> after = next_windows(before.get(), snapshot);
  const std::size_t failed = rules_without(*after, snapshot.slot);
  decltype(State::pages) outdated;

  auto state = state_.lock();
  const auto place = state->places.find(group);
  if (place == state->places.end()) return;
  state->windows[place->second] = std::move(after);
  ++state->version;
  state->pages.swap(outdated);
  GroupStatus& status = state->status[place->second];
  if (!status.slot && --state->waiting == 0) state->ready = true;
  status.slot = snapshot.slot;
  status.failed_rules = failed;
}

Exporter::Parts Exporter::identity(ExpositionFormat format) {
  Parts parts;
  const auto [families, windows] = [this] {
    auto state = state_.lock();
    return std::pair(state->families, state->windows);
  }();
  families->for_each_piece(format, windows, clock_.now(),
                           [&](const auto& piece) { parts.emplace_back(piece, &piece->text); });
  return parts;
}

std::shared_ptr<const Exporter::Page> Exporter::gzip_page(ExpositionFormat format) {
  const auto index = static_cast<std::size_t>(format);
  const Timestamp now = clock_.now();
  auto made = std::make_shared<Page>();
  std::shared_ptr<const Families> families;
  std::vector<std::shared_ptr<const PublishedWindows>> windows;
  {
    auto state = state_.lock();
    if (const auto& page = state->pages[index]; page && now < page->expires) return page;
    families = state->families;
    windows = state->windows;
    made->version = state->version;
  }
  made->expires = next_expiry(windows, now);
  families->for_each_piece(format, windows, now,
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
    if (state->windows[i]) status[i].series = live_series(*state->windows[i], now);
  }
  return status;
}

}  // namespace downsampled
