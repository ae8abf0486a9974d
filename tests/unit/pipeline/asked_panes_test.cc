#include "pipeline/asked_panes.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>

#include "base/error.h"
#include "pipeline/panes_in_hand.h"
#include "support/manual_clock.h"
#include "unit/pipeline/pipeline_world.h"

namespace downsampled {
namespace {

using namespace test;

PaneKey key_of(const std::string& expr) {
  const Group group = group_of_minutes({rule_of("r", expr)});
  return pane_key(group, group.rules[0]);
}

constexpr std::array<std::int64_t, 2> kPanes = {7, 9};
constexpr std::array<std::int64_t, 1> kWithin = {8};
constexpr std::array<std::int64_t, 1> kBehind = {10};

struct AskedWorld {
  AskedPanes asked;
  ManualClock clock{minute(100)};
  PaneKey key = key_of("e");

  auto claim(const PaneKey& of, std::span<const std::int64_t> panes, Duration patience = 0ms,
             std::stop_token stop = {}) {
    return asked.claim(of, panes, {clock.steady_now() + patience, std::move(stop)}, clock);
  }
};

TEST_CASE("a claim keeps out who wants one of its panes, and nobody else") {
  AskedWorld world;
  {
    const auto first = world.claim(world.key, kPanes);
    CHECK_THROWS_AS((void)world.claim(world.key, kWithin), Error);
    CHECK(world.claim(world.key, kBehind));
    CHECK(world.claim(key_of("f"), kPanes));
  }
  CHECK(world.claim(world.key, kWithin));
}

TEST_CASE("who waits goes on as soon as the claim ends, one after the other") {
  AskedWorld world;
  auto first = world.claim(world.key, kPanes);
  std::atomic<int> inside = 0, done = 0;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      const auto own = world.claim(world.key, kPanes, 60s);
      CHECK(++inside == 1);
      --inside;
      ++done;
    });
  }
  CHECK(done == 0);
  first.reset();
  threads.clear();
  CHECK(done == 4);
}

TEST_CASE("a stop ends the wait") {
  AskedWorld world;
  const auto first = world.claim(world.key, kPanes);
  std::optional<Reason> reason;
  {
    std::jthread waiting([&](std::stop_token stop) {
      try {
        (void)world.claim(world.key, kPanes, 60s, stop);
      } catch (const Error& error) {
        reason = error.reason();
      }
    });
  }
  CHECK(reason == Reason::canceled);
}

TEST_CASE("a pane is shown for as long as somebody holds it") {
  AskedWorld world;
  auto pane = std::make_shared<const Pane>(Pane{.window = pane_window(world.key, 7)});
  world.asked.show(world.key, std::span(&pane, 1));
  CHECK(world.asked.find(world.key, 7) == pane);
  CHECK_FALSE(world.asked.find(world.key, 8));
  CHECK_FALSE(world.asked.find(key_of("f"), 7));
  pane.reset();
  CHECK_FALSE(world.asked.find(world.key, 7));
}

TEST_CASE("groups that share panes ask once, for the fields of all") {
  Rule average = rule_of("avg", "e");
  Rule maximum = rule_of("max", "e");
  maximum.aggregate = Aggregate::max;
  PipelineWorld world(group_of_minutes({average}));
  world.querier.answers["e"] = {minutes_of("a", 0, 200)};
  Group other = group_of_minutes({maximum});
  other.name = "other";
  world.asked.want({world.group, std::make_shared<const Group>(other)});
  const std::array<std::int64_t, 2> panes = {99, 100};
  const Stages stages = world.stages();
  const PaneKey key = pane_key(other, other.rules[0]);
  {
    PanesInHand first(*world.group, stages);
    first.compute(world.group->rules[0], panes, world.deadline());
    PanesInHand second(other, stages);
    second.compute(other.rules[0], panes, world.deadline());  // from the first one's hand
    CHECK(world.querier.asked.size() == 1);
    CHECK(second.find(key, 100, {.extremes = true}) == first.find(key, 100, {.sum = true}));
    CHECK(second.take_computed().size() == 2);
    world.journal.add({.panes = first.take_computed(), .windows = {}});
  }
  PanesInHand third(other, stages);
  third.compute(other.rules[0], panes, world.deadline());  // from the journal
  CHECK(world.querier.asked.size() == 1);
  CHECK(third.take_computed().size() == 0);
}

}  // namespace
}  // namespace downsampled
