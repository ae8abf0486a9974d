#include "pipeline/rule_filling.h"

#include <doctest/doctest.h>

#include "support/captured_log.h"
#include "unit/pipeline/pipeline_world.h"

namespace downsampled {
namespace {

using namespace test;

/// The half hour before minute 101 is to be filled.
struct RuleFillingWorld : PipelineWorld {
  RuleFillingWorld()
      : PipelineWorld(group_of_long(30min), 11'000, {.pane_retention = Duration(2h)}) {
    querier.answers["e"] = {minutes_of("a", 0, 200)};
    filling.want({71, 101});
  }

  Filled fill() { return filling.fill(10, deadline()); }
  bool is_due() { return filling.is_due(clock.steady_now()); }
  std::size_t count_panes() {
    return journal
        .pane_ends(pane_key(*group, group->rules[0]), minute(0), minute(1000), {.sum = true})
        .size();
  }
  /// Until nothing more may be asked for now; what was lost.
  std::size_t fill_all() {
    std::size_t lost = 0;
    for (int queries = 0; queries < 200 && is_due(); ++queries) {
      const Filled filled = fill();
      lost += filled.lost;
      if (filled.left == 0) return lost;
    }
    return lost;
  }

  const FillProgress::Show show = {};
  const Stages working = stages();
  RuleFilling filling{*group, group->rules[0], *group_metrics[0].rules[0], working, show};
};

TEST_CASE("a refused pane waits alone, and is lost after four refusals over seven minutes") {
  RuleFillingWorld world;
  world.querier.fail = [](const RangeQuery& query) {
    const bool bad = query.grid.first <= minute(80) && query.grid.last() >= minute(80);
    return bad ? std::optional(wrong_query()) : std::nullopt;
  };
  CHECK(world.fill_all() == 0);
  CHECK(world.count_panes() == 29);
  CHECK_FALSE(world.is_due());
  for (const auto pause : {1min, 2min}) {
    world.clock.advance(pause);
    CHECK(world.is_due());
    CHECK(world.fill_all() == 0);
    CHECK_FALSE(world.is_due());
  }
  world.clock.advance(4min);
  CHECK(world.fill_all() == 1);
  CHECK(world.count_panes() == 30);
  CHECK(world.value("panes_lost_total", "r") == 1);
  CHECK(world.value("panes_filled_total", "r") == 29);
  CHECK(world.value("panes_missing", "r") == 0);
}

TEST_CASE("what is refused beside a lost pane is lost at once") {
  RuleFillingWorld world;
  world.querier.fail = [](const RangeQuery& query) {
    return query.grid.first <= minute(80) ? std::optional(wrong_query()) : std::nullopt;
  };
  std::size_t lost = world.fill_all();
  for (int minutes = 0; minutes < 20 && lost == 0; ++minutes) {
    world.clock.advance(1min);
    lost = world.fill_all();
  }
  for (int minutes = 0; minutes < 20 && world.count_panes() < 30; ++minutes) {
    world.clock.advance(1min);
    lost += world.fill_all();
  }
  CHECK(lost == 10);
  CHECK(world.count_panes() == 30);
}

TEST_CASE("a fault that passes loses nothing, and is not asked through at once") {
  for (const QueryReply& reply : {wrong_query(), QueryReply{.status = 422, .error_body = "odd"}}) {
    RuleFillingWorld world;
    REQUIRE(world.fill().computed == 1);
    world.querier.fail = [&](const RangeQuery&) { return std::optional(reply); };
    const std::size_t asked = world.querier.asked.size();
    CHECK(world.fill_all() == 0);
    CHECK(world.querier.asked.size() - asked <= 4);
    for (int minutes = 0; minutes < 30; ++minutes) {
      world.clock.advance(1min);
      CHECK(world.fill_all() == 0);
    }
    world.querier.fail = [](const RangeQuery&) { return std::nullopt; };
    for (int minutes = 0; minutes < 64 && world.count_panes() < 30; ++minutes) {
      world.clock.advance(1min);
      CHECK(world.fill_all() == 0);
    }
    CHECK(world.count_panes() == 30);
    CHECK(world.value("panes_lost_total", "r") == 0);
  }
}

}  // namespace
}  // namespace downsampled
