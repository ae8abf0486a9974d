#include "pipeline/panes_in_hand.h"

#include <doctest/doctest.h>

#include "support/same_bits.h"
#include "unit/pipeline/pipeline_world.h"

namespace downsampled {
namespace {

using namespace test;

/// The panes of one evaluation of a world's group.
struct PanesWorld : PipelineWorld {
  using PipelineWorld::PipelineWorld;

  void gather(const std::vector<std::int64_t>& minutes, std::size_t rule = 0) {
    PaneNumbers numbers;
    for (const std::int64_t n : minutes) {
      const PaneNumbers found = panes.missing(group->rules[rule], {n, n + 1});
      numbers.insert(numbers.end(), found.begin(), found.end());
    }
    panes.compute(group->rules[rule], numbers, deadline());
  }
  std::vector<Timestamp> computed() {
    std::vector<Timestamp> ends;
    for (const auto& [key, pane] : panes.take_computed()) ends.push_back(pane->window.end);
    return ends;
  }
  double sum(std::int64_t n, std::size_t rule = 0) {
    const auto pane = panes.find(pane_key(*group, group->rules[rule]), n, {.sum = true});
    return pane->series.at(0).partial.sum.value();
  }

  const Stages own = stages();
  PanesInHand panes{*group, own};
};

TEST_CASE("neighbors come from one query, each with what is its own") {
  PanesWorld world(group_of_minutes({rule_of("r", "e", "c")}));
  world.querier.answers["e"] = {minutes_of("a", 0, 9)};
  world.querier.answers["c"] = {minutes_of("any", 0, 9)};
  world.gather({2, 3, 4});
  REQUIRE(world.querier.asked.size() == 2);
  CHECK(world.querier.asked[1].grid == Grid{at(70'000), 10s, 18});
  for (const std::int64_t n : {2, 3, 4}) CHECK(world.sum(n) == 6.0 * static_cast<double>(n));
  CHECK(world.querier.asked.size() == 2);
  CHECK(world.computed() == std::vector{minute(2), minute(3), minute(4)});
  CHECK(world.computed().empty());
}

TEST_CASE("panes of one query are the same bits as panes of many") {
  const auto group = group_of_minutes({rule_of("r", "e", "c")});
  PanesWorld together(group);
  PanesWorld alone(group);
  for (PanesWorld* world : {&together, &alone}) {
    for (const char* pod : {"a", "b", "c"}) {
      auto& answer = world->querier.answers["e"].emplace_back(minutes_of(pod, 0, 9));
      double value = 0.1;
      for (Sample& sample : answer.samples) sample.value = value = value * 1.7 - 0.3;
      std::erase_if(answer.samples, [&](const Sample& sample) {
        return sample.time.time_since_epoch().count() / 10'000 % 7 == pod[0] % 7;
      });
    }
    world->querier.answers["c"] = {minutes_of("any", 2, 3), minutes_of("other", 4, 9)};
  }
  together.gather({2, 3, 4, 5});
  for (const std::int64_t n : {2, 3, 4, 5}) alone.gather({n});
  const auto whole = together.panes.take_computed();
  const auto parts = alone.panes.take_computed();
  REQUIRE(whole.size() == 4);
  REQUIRE(parts.size() == 4);
  for (std::size_t n = 0; n < 4; ++n) CHECK(same_bits(*whole[n].pane, *parts[n].pane));
  CHECK(whole[0].pane->coverage.covered == 0);
  CHECK(whole[1].pane->coverage.covered == 6);
}

TEST_CASE("over a gap a second query goes, not one that spans it") {
  PanesWorld world(group_of_minutes({rule_of("r", "e")}));
  world.gather({2, 3, 7});
  REQUIRE(world.querier.asked.size() == 2);
  CHECK(world.querier.asked[0].grid == Grid{at(70'000), 10s, 12});
  CHECK(world.querier.asked[1].grid == Grid{at(370'000), 10s, 6});
}

TEST_CASE("windows shorter than the interval are no neighbors") {
  Group group = group_of_minutes({rule_of("r", "e")});
  group.rules[0].window = 30s;
  PanesWorld world(std::move(group));
  world.gather({1, 2});
  REQUIRE(world.querier.asked.size() == 2);
  CHECK(world.querier.asked[0].grid == Grid{at(40'000), 10s, 3});
  CHECK(world.querier.asked[1].grid == Grid{at(100'000), 10s, 3});
}

TEST_CASE("what the journal has is not asked for") {
  PanesWorld world(group_of_minutes({rule_of("r", "e")}));
  world.querier.answers["e"] = {minutes_of("a", 0, 9)};
  world.gather({3});
  world.journal.add({.panes = world.panes.take_computed(), .windows = {}});
  const Stages stages = world.stages();
  PanesInHand next(*world.group, stages);
  world.querier.asked.clear();
  const PaneNumbers missing = next.missing(world.group->rules[0], {2, 5});
  CHECK(missing == PaneNumbers{2, 4});
  next.compute(world.group->rules[0], missing, world.deadline());
  REQUIRE(world.querier.asked.size() == 2);
  CHECK(world.querier.asked[0].grid.last() == minute(2));
  CHECK(world.querier.asked[1].grid.last() == minute(4));
  CHECK(next.take_computed().size() == 2);
}

TEST_CASE("a pane holds what the group's rules of its key need together, and is computed once") {
  Group group =
      group_of_minutes({rule_of("mean", "e"), rule_of("spread", "e"), rule_of("other", "f")});
  group.rules[1].aggregate = Aggregate::stddev;
  group.rules[2].aggregate = Aggregate::max;
  PanesWorld world(std::move(group));
  world.querier.answers["e"] = {minutes_of("a", 0, 9)};
  world.gather({2});
  world.gather({2}, 1);
  CHECK(world.querier.asked.size() == 1);
  CHECK(world.panes.take_computed().back().pane->fields == Fields{.sum = true, .squares = true});
}

TEST_CASE("a pane of the journal without a field that is needed is computed again") {
  PanesWorld world(group_of_minutes({rule_of("mean", "e")}));
  world.querier.answers["e"] = {minutes_of("a", 0, 9)};
  const PaneKey key = pane_key(*world.group, world.group->rules[0]);
  world.journal.add(
      {.panes = {{key, std::make_shared<const Pane>(
                           Pane{.window = {minute(1), minute(2)}, .fields = {.extremes = true}})}},
       .windows = {}});
  world.gather({2});
  CHECK(world.querier.asked.size() == 1);
  CHECK(world.panes.take_computed().back().pane->fields == Fields{.sum = true});
}

TEST_CASE("rules of one coverage expression ask for it once") {
  PanesWorld world(group_of_minutes({rule_of("r", "e", "c"), rule_of("s", "f", "c")}));
  world.gather({2, 3});
  world.gather({2, 3}, 1);
  CHECK(world.querier.asked.size() == 3);
  world.gather({4}, 1);
  CHECK(world.querier.asked.size() == 5);
}

TEST_CASE("after a failure no pane is here by half, and what was there stays") {
  PanesWorld world(group_of_minutes({rule_of("r", "e")}), 6);  // a window a request
  world.querier.answers["e"] = {minutes_of("a", 0, 9)};
  world.gather({1});
  bool down = true;
  world.querier.fail = [&](const RangeQuery& query) -> std::optional<QueryReply> {
    if (!down || query.grid.last() <= minute(2)) return std::nullopt;
    return QueryReply{.status = 503};
  };
  CHECK_THROWS_AS(world.gather({2, 3}), Error);
  CHECK(world.computed() == std::vector{minute(1)});
  down = false;
  world.gather({2, 3});
  CHECK(world.sum(1) == 6);
  CHECK(world.sum(3) == 18);
  CHECK(world.computed() == std::vector{minute(2), minute(3)});
}

TEST_CASE("a query that is too big starts again in smaller pieces, and nothing counts twice") {
  PanesWorld world(group_of_minutes({rule_of("r", "e", "c")}));
  world.querier.answers["e"] = {minutes_of("a", 0, 9)};
  world.querier.answers["c"] = {minutes_of("any", 0, 9)};
  world.querier.fail = [](const RangeQuery& query) -> std::optional<QueryReply> {
    if (query.grid.count <= 9 && !(query.grid.count == 9 && query.grid.last() == minute(4))) {
      return std::nullopt;
    }
    return QueryReply{.status = 422,
                      .error_body =
                          R"({"status":"error","errorType":"execution","error":)"
                          R"("query processing would load too many samples into memory"})"};
  };
  world.gather({2, 3, 4});
  for (const std::int64_t n : {2, 3, 4}) CHECK(world.sum(n) == 6.0 * static_cast<double>(n));
  for (const auto& [key, pane] : world.panes.take_computed()) {
    CHECK(pane->samples == 6);
    CHECK(pane->coverage.covered == 6);
  }
}

}  // namespace
}  // namespace downsampled
