#include "pipeline/panes_in_hand.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "aggregate/pane_builder.h"
#include "pipeline/fetch.h"

namespace downsampled {
namespace {

Window span_of(std::span<const Window> adjacent) {
  return {adjacent.front().start, adjacent.back().end};
}

/// How many of the windows at the front follow each other without a gap.
std::size_t adjacent_at_front(std::span<const Window> windows) {
  std::size_t count = 1;
  while (count < windows.size() && windows[count].start == windows[count - 1].end) ++count;
  return count;
}

/// Those that the rules of the key need together, so that one query serves them all.
Fields fields_for(const PaneKey& key, const Group& group, AskedPanes& asked) {
  Fields fields = asked.wanted(key);
  for (const Rule& rule : group.rules) {
    if (pane_key(group, rule) == key) fields = fields.united(fields_of(rule.aggregate));
  }
  return fields;
}

}  // namespace

std::vector<PaneRange> runs_without(PaneRange panes, const PaneNumbers& missing) {
  std::vector<PaneRange> runs;
  std::int64_t first = panes.first;
  for (const std::int64_t pane : missing) {
    if (pane > first) runs.push_back({first, pane});
    first = pane + 1;
  }
  if (first < panes.behind) runs.push_back({first, panes.behind});
  return runs;
}

PaneNumbers PanesInHand::missing(const Rule& rule, PaneRange panes) {
  PaneNumbers missing;
  if (panes.empty()) return missing;
  const PaneKey key = pane_key(group_, rule);
  const Fields fields = fields_of(rule.aggregate);
  const auto& here = panes_[key];
  const std::vector<Timestamp> known = stages_.journal.pane_ends(
      key, pane_window(key, panes.first).end, pane_window(key, panes.behind - 1).end, fields);
  auto next = known.begin();
  for (std::int64_t pane = panes.first; pane < panes.behind; ++pane) {
    if (next != known.end() && pane_number(key, *next) == pane) {
      ++next;
      continue;
    }
    const auto own = here.find(pane);
    if (own == here.end() || !own->second->fields.include(fields)) missing.push_back(pane);
  }
  return missing;
}

void PanesInHand::compute(const Rule& rule, std::span<const std::int64_t> panes,
                          const Deadline& deadline) {
  if (panes.empty()) return;
  const PaneKey key = pane_key(group_, rule);
  const Fields fields = fields_for(key, group_, stages_.asked);
  const auto claim = stages_.asked.claim(key, panes, deadline, stages_.clock);
  std::vector<Window> windows;
  for (const std::int64_t pane : take_from_others(rule, panes)) {
    windows.push_back(pane_window(key, pane));
  }
  for (std::span<const Window> rest = windows; !rest.empty();) {
    const std::size_t count = adjacent_at_front(rest);
    compute(key, fields, rest.first(count), deadline);
    rest = rest.subspan(count);
  }
}

/// Since they were found missing; those that are left.
PaneNumbers PanesInHand::take_from_others(const Rule& rule, std::span<const std::int64_t> panes) {
  const PaneKey key = pane_key(group_, rule);
  const Fields fields = fields_of(rule.aggregate);
  for (const std::int64_t number : panes) {
    auto pane = stages_.asked.find(key, number);
    if (pane && pane->fields.include(fields)) hold(key, std::move(pane));
  }
  PaneNumbers left;
  std::ranges::set_intersection(panes, missing(rule, {panes.front(), panes.back() + 1}),
                                std::back_inserter(left));
  return left;
}

void PanesInHand::hold(const PaneKey& key, std::shared_ptr<const Pane> pane) {
  panes_[key].insert_or_assign(pane_number(key, pane->window.end), pane);
  computed_.push_back({key, std::move(pane)});
}

std::shared_ptr<const Pane> PanesInHand::find(const PaneKey& key, std::int64_t pane,
                                              Fields fields) {
  const auto& here = panes_[key];
  const auto own = here.find(pane);
  if (own != here.end() && own->second->fields.include(fields)) return own->second;
  return stages_.journal.find_pane(key, pane_window(key, pane).end, fields);
}

void PanesInHand::compute(const PaneKey& key, Fields fields, std::span<const Window> adjacent,
                          const Deadline& deadline) {
  const std::vector<const CoverageMask*> masks = this->masks(key.coverage, adjacent, deadline);
  std::vector<PaneBuilder> builders;
  for (std::size_t index = 0; index < adjacent.size(); ++index) {
    const Grid grid = grid_of(adjacent[index], key.step);
    builders.emplace_back(adjacent[index], grid, *masks[index], fields);
  }
  const auto take = [&](const Series& series) {
    for_each_slice(series, adjacent, [&](std::size_t index, const Slice& slice) {
      builders[index].add(series.labels, slice);
    });
  };
  const auto restart = [&] {
    for (PaneBuilder& builder : builders) builder.reset();
  };
  fetch(key.expr, grid_of(span_of(adjacent), key.step), {take, restart}, stages_, deadline);
  std::vector<std::shared_ptr<const Pane>> panes;
  for (PaneBuilder& builder : builders) {
    hold(key, panes.emplace_back(std::make_shared<const Pane>(builder.finish())));
  }
  stages_.asked.show(key, panes);
}

/// Which points of each pane's grid the coverage expression says were observed.
std::vector<const CoverageMask*> PanesInHand::masks(const std::string& coverage,
                                                    std::span<const Window> adjacent,
                                                    const Deadline& deadline) {
  std::vector<const CoverageMask*> masks;
  for (const Window& window : adjacent) {
    const auto key = std::make_tuple(coverage, window.start, window.end);
    if (!masks_.contains(key)) fetch_masks(coverage, adjacent, deadline);
    masks.push_back(&masks_.at(key));
  }
  return masks;
}

void PanesInHand::fetch_masks(const std::string& coverage, std::span<const Window> adjacent,
                              const Deadline& deadline) {
  std::vector<CoverageMask> masks;
  const auto restart = [&] {
    masks.clear();
    for (const Window& window : adjacent) {
      const Grid grid = grid_of(window, group_.step);
      masks.push_back(coverage.empty() ? CoverageMask::everything(grid)
                                       : CoverageMask::nothing(grid));
    }
  };
  const auto take = [&](const Series& series) {
    for_each_slice(series, adjacent,
                   [&](std::size_t index, const Slice& slice) { masks[index].add(slice); });
  };
  restart();
  if (!coverage.empty()) {
    fetch(coverage, grid_of(span_of(adjacent), group_.step), {take, restart}, stages_, deadline);
  }
  for (std::size_t index = 0; index < adjacent.size(); ++index) {
    const auto key = std::make_tuple(coverage, adjacent[index].start, adjacent[index].end);
    masks_.insert_or_assign(key, std::move(masks[index]));
  }
}

}  // namespace downsampled
