#include "schedule/timetable.h"

#include <algorithm>
#include <utility>

#include "model/window.h"

namespace downsampled {

Timetable::Timetable(std::span<const std::shared_ptr<const Group>> groups, Backoff backoff)
    : backoff_(std::move(backoff)) {
  for (const auto& group : groups) entries_.push_back({.group = group, .last = {}, .retry_at = {}});
}

std::vector<Due> Timetable::take_due(Timestamp now) {
  std::vector<Due> all;
  for (std::size_t index = 0; index < entries_.size(); ++index) {
    const std::optional<Due> due = due_at(index, now);
    if (!due) continue;
    Entry& entry = entries_[index];
    entry.last = due;
    entry.retry_at.reset();
    entry.running = true;
    all.push_back(*due);
  }
  return all;
}

std::optional<Due> Timetable::due_at(std::size_t index, Timestamp now) const {
  const Entry& entry = entries_[index];
  if (entry.running) return std::nullopt;
  const Timestamp slot = last_complete_slot(*entry.group, now);
  if (!entry.last) return Due{.group = index, .slot = slot, .missed = 0, .attempt = 0};
  if (slot > entry.last->slot) {
    const std::int64_t missed = (slot - entry.last->slot) / entry.group->interval - 1;
    return Due{.group = index, .slot = slot, .missed = missed, .attempt = 0};
  }
  if (entry.retry_at && now >= *entry.retry_at) {
    return Due{
        .group = index, .slot = entry.last->slot, .missed = 0, .attempt = entry.last->attempt + 1};
  }
  return std::nullopt;
}

void Timetable::finished(const Due& due, const Outcome& outcome, Timestamp now) {
  Entry& entry = entries_[due.group];
  entry.running = false;
  if (outcome.retry) entry.retry_at = now + backoff_(due.attempt + 1, outcome.retry_after);
}

std::optional<Timestamp> Timetable::next_due() const {
  std::optional<Timestamp> next;
  for (const Entry& entry : entries_) {
    if (!entry.running) next = std::min(next.value_or(Timestamp::max()), entry.next_due());
  }
  return next;
}

Timestamp Timetable::Entry::next_due() const {
  if (!last) return Timestamp::min();
  const Timestamp next_slot = last->slot + group->interval + group->query_offset;
  return retry_at ? std::min(*retry_at, next_slot) : next_slot;
}

Timestamp last_complete_slot(const Group& group, Timestamp now) {
  return align_down(now - group.query_offset, group.interval, group.eval_offset);
}

}  // namespace downsampled
