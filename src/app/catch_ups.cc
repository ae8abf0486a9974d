#include "app/catch_ups.h"

#include <fmt/format.h>

#include <map>
#include <stop_token>
#include <string>

#include "app/thread.h"

namespace downsampled {
namespace {

using Shares = std::vector<std::shared_ptr<EvaluatedGroup>>;

Groups groups_of(const Shares& share) {
  Groups groups;
  for (const auto& evaluated : share) groups.push_back(evaluated->group());
  return groups;
}

std::vector<GroupMetrics> metrics_of(const Shares& share) {
  std::vector<GroupMetrics> metrics;
  for (const auto& evaluated : share) metrics.push_back(evaluated->metrics());
  return metrics;
}

CatchUp::Options with_patience(CatchUp::Options options, Duration patience) {
  options.patience = patience;
  return options;
}

}  // namespace

CatchUps::OfSource::OfSource(Shares of_it, const CatchUp::Options& options)
    : groups(std::move(of_it)),
      catch_up(groups_of(groups), metrics_of(groups), groups.front()->stages(),
               with_patience(options, groups.front()->timeout())) {}

CatchUps::CatchUps(const Groups& groups, Evaluations& evaluations, CatchUp::Options options) {
  std::map<std::string, std::size_t> numbers;  // by source's name
  std::vector<Shares> shares;
  for (const auto& group : groups) {
    const auto [number, is_new] = numbers.emplace(group->source, shares.size());
    if (is_new) shares.emplace_back();
    Shares& share = shares[number->second];
    places_[group.get()] = {number->second, share.size()};
    share.push_back(evaluations.find(group));
  }
  for (Shares& share : shares) {
    sources_.push_back(std::make_unique<OfSource>(std::move(share), options));
  }
}

void CatchUps::evaluated(const Group& group, Timestamp slot, const Outcome& outcome) {
  const auto place = places_.find(&group);
  if (place == places_.end()) return;
  const auto& [source, index] = place->second;
  sources_[source]->catch_up.evaluated(index, slot, outcome);
}

void CatchUps::start() {
  for (std::size_t index = 0; index < sources_.size(); ++index) {
    sources_[index]->thread = start_thread(
        fmt::format("catch-up-{}", index),
        [catch_up = &sources_[index]->catch_up](std::stop_token own) { catch_up->run(own); });
  }
}

void CatchUps::stop() {
  for (const auto& source : sources_) source->thread.request_stop();
  for (const auto& source : sources_) {
    if (source->thread.joinable()) source->thread.join();
  }
}

}  // namespace downsampled
