#include "journal/pane_store.h"

#include <utility>

namespace downsampled {

std::shared_ptr<const Pane> PaneStore::find(const PaneKey& key, Timestamp end, Fields fields) {
  const auto panes = panes_.lock();
  const auto of_key = panes->find(key);
  if (of_key == panes->end()) return nullptr;
  const auto found = of_key->second.find(end);
  const bool usable = found != of_key->second.end() && found->second->fields.include(fields);
  return usable ? found->second : nullptr;
}

void PaneStore::put(const PaneKey& key, std::shared_ptr<const Pane> pane) {
  const Timestamp end = pane->window.end;
  (*panes_.lock())[key].insert_or_assign(end, std::move(pane));
}

void PaneStore::drop_until(const PaneKey& key, Timestamp end) {
  const auto panes = panes_.lock();
  const auto of_key = panes->find(key);
  if (of_key == panes->end()) return;
  of_key->second.erase(of_key->second.begin(), of_key->second.upper_bound(end));
  if (of_key->second.empty()) panes->erase(of_key);
}

}  // namespace downsampled
