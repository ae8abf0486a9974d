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

Pane united(const Pane& newer, const Pane& older) {
  Pane pane = newer;
  const bool same = newer.window == older.window && newer.coverage == older.coverage &&
                    std::equal(newer.series.begin(), newer.series.end(), older.series.begin(),
                               older.series.end(), [](const PaneSeries& a, const PaneSeries& b) {
                                 return a.labels == b.labels && a.presence == b.presence;
                               });
  if (!same) return pane;
  pane.fields = newer.fields.united(older.fields);
  for (std::size_t i = 0; i < pane.series.size(); ++i) {
    pane.series[i].partial.take(older.series[i].partial, older.fields);
    pane.series[i].partial.take(newer.series[i].partial, newer.fields);
  }
  return pane;
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

std::int64_t pane_number(const PaneKey& key, Timestamp end) {
  return (end - key.eval_offset).time_since_epoch() / key.interval;
}

Window pane_window(const PaneKey& key, std::int64_t number) {
  return window_ending(Timestamp(number * key.interval) + key.eval_offset, key.width);
}

PaneRange panes_of(const PaneKey& key, Window window) {
  const std::int64_t behind = pane_number(key, window.end) + 1;
  return {behind - std::max<std::int64_t>(1, window.width() / key.interval), behind};
}

}  // namespace downsampled
