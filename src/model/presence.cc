#include "model/presence.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace downsampled {

std::optional<Presence> Presence::from(Parts parts) {
  const bool none = parts.first == 0 && parts.last == -1 && parts.points.empty();
  const bool some = parts.first >= 0 && parts.first <= parts.last &&
                    parts.last < std::numeric_limits<std::int64_t>::max();
  if (!none && !some) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(parts.last) + 1;
  if (!parts.points.empty() && parts.points.size() != size) return std::nullopt;
  Presence presence;
  presence.first_ = parts.first;
  presence.last_ = parts.last;
  presence.points_ = std::move(parts.points);
  return presence;
}

void Presence::add(std::int64_t index) {
  if (last_ < first_) {
    first_ = last_ = index;
    return;
  }
  if (points_.empty() && index != last_ + 1) spell_out();
  if (!points_.empty()) {
    points_.resize(static_cast<std::size_t>(std::max(index, last_)) + 1);
    points_[static_cast<std::size_t>(index)] = true;
  }
  first_ = std::min(first_, index);
  last_ = std::max(last_, index);
}

bool Presence::contains(std::int64_t index) const {
  if (index < first_ || index > last_) return false;
  return points_.empty() || points_[static_cast<std::size_t>(index)];
}

bool Presence::overlaps(const Presence& other) const {
  const std::int64_t from = std::max(first_, other.first_);
  const std::int64_t to = std::min(last_, other.last_);
  if (points_.empty() && other.points_.empty()) return from <= to;
  for (std::int64_t index = from; index <= to; ++index) {
    if (contains(index) && other.contains(index)) return true;
  }
  return false;
}

void Presence::merge(const Presence& other) {
  for (std::int64_t index = other.first_; index <= other.last_; ++index) {
    if (other.contains(index)) add(index);
  }
}

void Presence::spell_out() {
  points_.resize(static_cast<std::size_t>(last_) + 1);
  std::fill(points_.begin() + first_, points_.end(), true);
}

}  // namespace downsampled
