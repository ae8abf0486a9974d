#include "schedule/timetable.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "model/window.h"
#include "schedule/spread.h"

namespace downsampled {
namespace {

constexpr Duration kLongestWait = std::chrono::hours(1);

}  // namespace

/// What the group that takes its place goes on from, so that a slot in between is seen as missed.
std::optional<Timestamp> Timetable::newest_for(const Entry& before, const Group& group) {
  const bool same_slots =
      before.group->interval == group.interval && before.group->eval_offset == group.eval_offset;
  return same_slots ? before.newest : std::nullopt;
}

Timetable::Timetable(const Groups& groups, Backoff backoff) : backoff_(std::move(backoff)) {
  replace(groups);
}

void Timetable::replace(const Groups& groups) {
  std::unordered_map<const Group*, Entry> same;
  std::unordered_map<std::string, const Entry*> by_id;
  for (Entry& entry : entries_) {
    if (entry.running) leaving_.push_back(entry.group);
    const std::shared_ptr<const Group> group = entry.group;
    by_id[group->id()] = &same.emplace(group.get(), std::move(entry)).first->second;
  }
  std::unordered_map<std::string, std::shared_ptr<const Group>> running;  // by id
  for (const auto& group : leaving_) running[group->id()] = group;
  entries_.clear();
  for (const auto& group : groups) {
    if (const auto found = same.find(group.get()); found != same.end()) {
      std::erase(leaving_, group);
      entries_.push_back(std::move(found->second));
      continue;
    }
    const auto before = by_id.find(group->id());
    const auto still = running.find(group->id());
    entries_.push_back(
        {.group = group,
         .distance = spread(group->id(), group->interval, groups.size()),
         .newest = before == by_id.end() ? std::nullopt : newest_for(*before->second, *group),
         .waits_for = still == running.end() ? nullptr : still->second});
  }
}

std::vector<Due> Timetable::take_due(Timestamp now) {
  std::vector<Due> all;
  for (Entry& entry : entries_) {
    if (!entry.start) entry.start = now;
    const std::optional<Due> due = due_at(entry, now);
    if (!due) continue;
    entry.last = due;
    entry.newest = std::max(entry.newest.value_or(due->slot), due->slot);
    entry.retry_at.reset();
    entry.running = true;
    all.push_back(*due);
  }
  return all;
}

std::optional<Due> Timetable::due_at(const Entry& entry, Timestamp now) {
  if (!entry.is_idle()) return std::nullopt;
  const Timestamp slot = entry.complete(now);
  Due due{.group = entry.group, .slot = slot, .missed = entry.missed_before(slot)};
  if (!entry.last) {
    due.since = *entry.start;
    return now >= *entry.start + entry.distance ? std::optional(due) : std::nullopt;
  }
  if (slot > entry.last->slot) {
    due.since = slot + entry.group->query_offset;
    return due;
  }
  if (entry.last->slot - slot > longest_wait(*entry.group)) {
    due.since = now;
    return due;
  }
  // Not of a slot that the clock, set back, has not reached again.
  if (slot == entry.last->slot && entry.retry_at && now >= *entry.retry_at) {
    due.since = entry.last->since;
    due.attempt = entry.last->attempt + 1;
    return due;
  }
  return std::nullopt;
}

void Timetable::finished(const Due& due, const Outcome& outcome, Timestamp now) {
  std::erase(leaving_, due.group);
  for (Entry& entry : entries_) {
    if (entry.waits_for == due.group) {
      entry.waits_for.reset();
      entry.start.reset();  // it is looked at from now on
    }
    if (entry.group != due.group) continue;
    entry.running = false;
    const bool at_once = std::exchange(entry.hurried, false) && outcome.filling > 0;
    if (!outcome.retry) continue;
    entry.retry_at = at_once ? now : now + backoff_(due.attempt + 1, outcome.retry_after);
  }
}

void Timetable::hurry(const std::shared_ptr<const Group>& group, Timestamp now) {
  for (Entry& entry : entries_) {
    if (entry.group != group) continue;
    entry.hurried = entry.running;
    if (entry.retry_at) entry.retry_at = std::min(*entry.retry_at, now);
  }
}

std::optional<Timestamp> Timetable::next_due() const {
  std::optional<Timestamp> next;
  for (const Entry& entry : entries_) {
    if (!entry.is_idle()) continue;
    const Timestamp own = entry.last    ? entry.next_due()
                          : entry.start ? *entry.start + entry.distance
                                        : Timestamp::min();
    next = std::min(next.value_or(Timestamp::max()), own);
  }
  return next;
}

void Timetable::clock_was_set(Duration by) {
  for (Entry& entry : entries_) {
    if (entry.start) *entry.start += by;
    if (entry.retry_at) *entry.retry_at += by;
  }
}

std::int64_t Timetable::missed(Timestamp now) const {
  std::int64_t missed = 0;
  for (const Entry& entry : entries_) missed += entry.missed_before(entry.complete(now));
  return missed;
}

std::optional<Timestamp> Timetable::newest_slot() const {
  std::optional<Timestamp> newest;
  for (const Entry& entry : entries_) newest = std::max(newest, entry.newest);
  return newest;
}

Timestamp Timetable::Entry::complete(Timestamp now) const {
  return last_complete_slot(*group, now - distance);
}

/// A slot counts once, also where the clock goes over it twice.
std::int64_t Timetable::Entry::missed_before(Timestamp slot) const {
  if (!newest || slot <= *newest) return 0;
  return (slot - *newest) / group->interval - 1;
}

Timestamp Timetable::Entry::next_due() const {
  const Timestamp reached = last->slot + group->query_offset + distance;
  const Timestamp next_slot = reached + group->interval;
  return retry_at ? std::min(std::max(*retry_at, reached), next_slot) : next_slot;
}

Duration longest_wait(const Group& group) { return std::min(group.stale_after, kLongestWait); }

Timestamp last_complete_slot(const Group& group, Timestamp now) {
  return align_down(now - group.query_offset, group.interval, group.eval_offset);
}

}  // namespace downsampled
