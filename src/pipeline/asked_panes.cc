#include "pipeline/asked_panes.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error.h"

namespace downsampled {

AskedPanes::~AskedPanes() = default;

AskedPanes::Claim::~Claim() {
  std::vector<std::shared_ptr<Mailbox<bool>>> waiting;
  {
    const auto all = all_.asking_.lock();
    waiting = std::move(asking_->waiting);
    all->erase(asking_);
  }
  for (const auto& one : waiting) one->put(true);
}

void AskedPanes::want(const Groups& groups) {
  std::unordered_map<PaneKey, Fields, PaneKeyHash> all;
  for (const auto& group : groups) {
    for (const Rule& rule : group->rules) {
      Fields& fields = all[pane_key(*group, rule)];
      fields = fields.united(fields_of(rule.aggregate));
    }
  }
  wanted_.lock()->swap(all);
}

Fields AskedPanes::wanted(const PaneKey& key) {
  const auto all = wanted_.lock();
  const auto found = all->find(key);
  return found == all->end() ? Fields{} : found->second;
}

/// Where to hear that one of those who ask for these panes has finished; null: nobody does, and we
/// are one of them from now on.
std::shared_ptr<Mailbox<bool>> AskedPanes::wait_for(const PaneKey& key,
                                                    std::span<const std::int64_t> panes,
                                                    std::list<Asking>::iterator& own) {
  const auto all = asking_.lock();
  const auto other = std::ranges::find_if(*all, [&](const Asking& one) {
    return one.first <= panes.back() && panes.front() <= one.last && one.key == key;
  });
  if (other != all->end()) {
    return other->waiting.emplace_back(std::make_shared<Mailbox<bool>>());
  }
  own = all->insert(all->end(), Asking{key, panes.front(), panes.back()});
  return nullptr;
}

std::unique_ptr<AskedPanes::Claim> AskedPanes::claim(const PaneKey& key,
                                                     std::span<const std::int64_t> panes,
                                                     const Deadline& deadline, const Clock& clock) {
  std::list<Asking>::iterator own;
  while (const auto finished = wait_for(key, panes, own)) {
    const auto left = std::chrono::ceil<Duration>(deadline.time - clock.steady_now());
    if (finished->take_for(std::max(left, Duration::zero()), deadline.stop)) continue;
    if (deadline.stop.stop_requested()) throw Error(Reason::canceled, "stopped");
    throw Error(Reason::timeout,
                "another group that asks for the same did not get an answer in time");
  }
  return std::make_unique<Claim>(*this, own);
}

void AskedPanes::show(const PaneKey& key, std::span<const std::shared_ptr<const Pane>> panes) {
  const auto all = held_.lock();
  Held& held = (*all)[key];
  std::erase_if(held, [](const auto& one) { return one.second.expired(); });
  for (const auto& pane : panes) held[pane_number(key, pane->window.end)] = pane;
}

std::shared_ptr<const Pane> AskedPanes::find(const PaneKey& key, std::int64_t pane) {
  const auto all = held_.lock();
  const auto held = all->find(key);
  if (held == all->end()) return nullptr;
  const auto found = held->second.find(pane);
  return found == held->second.end() ? nullptr : found->second.lock();
}

}  // namespace downsampled
