#include "model/pane.h"

#include <algorithm>
#include <functional>

namespace downsampled {

std::size_t PaneKeyHash::operator()(const PaneKey& key) const noexcept {
  std::size_t hash = std::hash<std::string>{}(key.source);
  const auto mix = [&hash](std::size_t value) { hash = hash * 0x9e3779b97f4a7c15 + value; };
  mix(std::hash<std::string>{}(key.expr));
  mix(std::hash<std::string>{}(key.coverage));
  for (const Duration duration :
       {key.step, key.interval, key.width, key.eval_offset, key.query_offset}) {
    mix(static_cast<std::size_t>(duration.count()));
  }
  return hash;
}

PaneKey pane_key(const Group& group, const Rule& rule) {
  return {.source = group.source,
          .expr = rule.expr,
          .coverage = rule.coverage,
          .step = group.step,
          .interval = group.interval,
          .width = std::min(rule.window, group.interval),
          .eval_offset = group.eval_offset,
          .query_offset = group.query_offset};
}

std::vector<Window> panes_of(const PaneKey& key, Window window) {
  std::vector<Window> panes;
  for (Timestamp end = window.end; end > window.start; end -= key.width) {
    panes.push_back(window_ending(end, key.width));
  }
  std::reverse(panes.begin(), panes.end());
  return panes;
}

}  // namespace downsampled
