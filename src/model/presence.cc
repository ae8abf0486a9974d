#include "model/presence.h"

#include <algorithm>
#include <cstddef>

namespace downsampled {

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
