#include "pipeline/group_loop.h"

#include <doctest/doctest.h>

#include "support/temporary_folder.h"
#include "unit/journal/full_disk.h"
#include "unit/pipeline/pipeline_world.h"

namespace downsampled {
namespace {

using namespace test;

const Grid kGrid = grid_of({at(0), at(60'000)}, 10s);

/// A group loop with all that it works on.
struct LoopWorld : PipelineWorld {
  explicit LoopWorld(std::vector<Rule> rules, std::int64_t most_points = 11'000,
                     Journal::Options kept = {})
      : PipelineWorld(group_of_minutes(std::move(rules)), most_points, std::move(kept)) {
    clock.set(at(100'000));
    loop = another_loop();
  }

  /// As the next process would have it.
  std::unique_ptr<GroupLoop> another_loop() {
    return std::make_unique<GroupLoop>(group, group_metrics[0], stages(),
                                       [this](const Snapshot& snapshot) {
                                         window_end_before = value("window_end_timestamp_seconds");
                                         published = snapshot;
                                       });
  }

  Outcome run(std::int64_t slot, int attempt = 0) {
    return loop->run({.slot = at(slot), .missed = 0, .attempt = attempt}, deadline());
  }

  using PipelineWorld::value;
  /// A gauge of the first rule.
  double value(const std::string& name) { return value(name, group->rules[0].record); }

  std::unique_ptr<GroupLoop> loop;
  Snapshot published;
  double window_end_before = -1;  // of the publication
};

TEST_CASE("a rule's window is asked for, averaged over what was covered, and published") {
  LoopWorld world({rule_of("r", "e", "c")});
  world.querier.answers["e"] = {series({{"pod", "a"}}, kGrid, {100, 2, 4, 6, 100, 100})};
  world.querier.answers["c"] = {series({}, kGrid, {kNone, 0, 0, 0})};
  const Outcome outcome = world.run(60'000);
  CHECK(outcome.failed == 0);
  CHECK_FALSE(outcome.retry);
  REQUIRE(world.published.windows.size() == 1);
  REQUIRE(world.published.windows[0]);
  CHECK(world.published.windows[0]->covered == 3);
  CHECK(world.published.windows[0]->points == 6);
  REQUIRE(world.published.windows[0]->samples.size() == 1);
  CHECK(world.published.windows[0]->samples[0].value == 4);
}

TEST_CASE("the metrics of a window follow its publication") {
  LoopWorld world({rule_of("r", "e", "c")});
  world.querier.answers["e"] = {series({{"pod", "a"}}, kGrid, {1, 2, 3, 4, 5, 9})};
  world.querier.answers["c"] = {series({}, kGrid, {1, 1, 1})};
  world.run(60'000);
  CHECK(world.window_end_before == 0);
  CHECK(world.value("window_end_timestamp_seconds") == 60);
  CHECK(world.value("window_covered_ratio") == 0.5);
  CHECK(world.value("last_evaluation_series") == 1);
}

TEST_CASE("rules with the same coverage or the same panes ask once") {
  LoopWorld world({rule_of("a", "e", "c"), rule_of("b", "f", "c"), rule_of("d", "e", "c")});
  world.run(60'000);
  REQUIRE(world.querier.asked.size() == 3);
  CHECK(world.querier.asked[0].expr == "c");
  CHECK(world.querier.asked[1].expr == "e");
  CHECK(world.querier.asked[2].expr == "f");
}

TEST_CASE("a long grid is asked for in pieces, with the same result") {
  LoopWorld world({rule_of("r", "e")}, 4);
  world.querier.answers["e"] = {series({{"pod", "a"}}, kGrid, {1, 2, 3, 4, 5, 9})};
  world.run(60'000);
  CHECK(world.querier.asked.size() == 2);
  CHECK(world.published.windows[0]->samples.at(0).value == 4);
}

TEST_CASE("a query that is too big is halved, and what came before is void") {
  LoopWorld world({rule_of("r", "e")}, 4);
  world.querier.answers["e"] = {series({{"pod", "a"}}, kGrid, {1, 2, 3, 4, 5, 9})};
  world.querier.fail = [](const RangeQuery& query) -> std::optional<QueryReply> {
    const bool second_piece_too_big = query.grid.count == 2 && query.grid.last() == at(60'000);
    static int refused = 0;
    if (!second_piece_too_big || refused++ > 0) return std::nullopt;
    return QueryReply{.status = 422,
                      .error_body =
                          R"({"status":"error","errorType":"execution","error":)"
                          R"("query processing would load too many samples into memory"})"};
  };
  CHECK(world.run(60'000).failed == 0);
  CHECK(world.published.windows[0]->samples.at(0).value == 4);
  CHECK(world.querier.asked.back().grid.count <= 2);
}

TEST_CASE("a failed rule is retried alone, and the others stay") {
  LoopWorld world({rule_of("good", "e"), rule_of("bad", "f")});
  bool down = true;
  world.querier.fail = [&](const RangeQuery& query) -> std::optional<QueryReply> {
    if (!down || query.expr != "f") return std::nullopt;
    return QueryReply{.status = 503, .retry_after = Duration(7s)};
  };
  const Outcome first = world.run(60'000);
  CHECK(first.failed == 1);
  CHECK(first.retry);
  CHECK(first.retry_after == Duration(7s));
  CHECK(world.published.windows[0].has_value());
  CHECK_FALSE(world.published.windows[1].has_value());
  CHECK(world.failures("bad", Reason::unavailable) == 1);
  CHECK(world.failures("good", Reason::unavailable) == 0);
  down = false;
  world.querier.asked.clear();
  CHECK(world.run(60'000, 1).failed == 0);
  REQUIRE(world.querier.asked.size() == 1);
  CHECK(world.querier.asked[0].expr == "f");
  CHECK(world.published.windows[1].has_value());
}

TEST_CASE("a wrong query is an error at once, without a retry") {
  LoopWorld world({rule_of("r", "e")});
  world.querier.fail = [](const RangeQuery&) -> std::optional<QueryReply> { return wrong_query(); };
  const Outcome outcome = world.run(60'000);
  CHECK(outcome.failed == 1);
  CHECK_FALSE(outcome.retry);
  CHECK(world.failures("r", Reason::query_error) == 1);
}

TEST_CASE("a source that hangs is not asked for less, and nothing is asked past the deadline") {
  LoopWorld world({rule_of("a", "e"), rule_of("b", "f")});
  world.querier.fail = [&](const RangeQuery&) -> std::optional<QueryReply> {
    world.clock.advance(10s);
    return QueryReply{.failure = Error(Reason::timeout, "no reply")};
  };
  const Outcome outcome = world.run(60'000);
  CHECK(outcome.failed == 2);
  CHECK(outcome.retry);
  CHECK(world.querier.asked.size() == 1);
  CHECK(world.failures("b", Reason::timeout) == 1);
}

TEST_CASE("an empty result of the Seldon pack is explained once") {
  LoopWorld world({rule_of("r", "sum by (label_seldon_deployment_id) (kube_pod_labels)")});
  world.run(60'000);
  CHECK(world.querier.asked.size() == 2);  // the rule, and whether there is kube_pod_info
  world.run(120'000);
  CHECK(world.querier.asked.size() == 3);
}

TEST_CASE("a stopped evaluation publishes nothing and counts nothing") {
  LoopWorld world({rule_of("r", "e")});
  std::stop_source stop;
  stop.request_stop();
  world.loop->run({.slot = at(60'000), .missed = 0, .attempt = 0},
                  {.time = world.clock.steady_now() + 1s, .stop = stop.get_token()});
  CHECK(world.published.windows.empty());
  CHECK(world.failures("r", Reason::canceled) == 0);
}

TEST_CASE("what was recorded is in the journal, with its panes, before it is published") {
  LoopWorld world({rule_of("good", "e"), rule_of("bad", "f")});
  world.querier.answers["e"] = {series({{"pod", "a"}}, kGrid, {4, 4, 4, 4, 4, 4})};
  world.querier.fail = [](const RangeQuery& query) -> std::optional<QueryReply> {
    return query.expr == "f" ? std::optional(wrong_query()) : std::nullopt;
  };
  world.run(60'000);
  CHECK(world.journal.find_window(world.key(0), minute(1))->samples.at(0).value == 4);
  CHECK(world.journal.find_pane(world.key(0).panes, minute(1), {}) != nullptr);
  CHECK_FALSE(world.journal.find_window(world.key(1), minute(1)));
  CHECK(world.journal.find_pane(world.key(1).panes, minute(1), {}) == nullptr);
}

TEST_CASE("a slot that the journal has is published without asking") {
  LoopWorld world({rule_of("r", "e")});
  world.querier.answers["e"] = {series({{"pod", "a"}}, kGrid, {4, 4, 4, 4, 4, 4})};
  world.run(60'000);
  world.querier.asked.clear();
  world.loop = world.another_loop();
  world.published = {};
  CHECK(world.run(60'000).failed == 0);
  CHECK(world.querier.asked.empty());
  REQUIRE(world.published.windows.at(0));
  CHECK(world.published.windows[0]->samples.at(0).value == 4);
  CHECK(world.journal.numbers().rows.windows == 1);
}

TEST_CASE("a loop begins with the newest windows that the journal has, and asks nothing for them") {
  LoopWorld world({rule_of("r", "e"), rule_of("new", "f")});
  world.querier.fail = [](const RangeQuery& query) -> std::optional<QueryReply> {
    return query.expr == "f" ? std::optional(wrong_query()) : std::nullopt;
  };
  world.querier.answers["e"] = {minutes_of("a", 0, 9)};
  world.run(60'000);
  world.clock.set(minute(2) + 1s);
  world.run(120'000);
  world.querier.asked.clear();
  world.loop = world.another_loop();
  const Snapshot restored = world.loop->restore();
  CHECK(restored.slot == minute(2));
  REQUIRE(restored.windows.size() == 2);
  REQUIRE(restored.windows[0]);
  CHECK(restored.windows[0]->window.end == minute(2));
  CHECK(restored.windows[0]->samples.at(0).value == 2);
  CHECK_FALSE(restored.windows[1]);
  CHECK(world.value("window_end_timestamp_seconds") == 120);
  CHECK(world.querier.asked.empty());
  world.querier.fail = [](const RangeQuery&) { return std::nullopt; };
  CHECK(world.run(120'000).failed == 0);  // the slot of the one that is missing
  REQUIRE(world.querier.asked.size() == 1);
  CHECK(world.querier.asked[0].expr == "f");
  CHECK_FALSE(world.published.windows.at(0));  // it is shown already
  world.querier.asked.clear();
  CHECK(world.run(180'000).failed == 0);
  CHECK(world.querier.asked.size() == 2);
}

TEST_CASE("a window that a clock recorded ahead of its time is not taken for the newest") {
  LoopWorld world({rule_of("r", "e")});
  world.querier.answers["e"] = {minutes_of("a", 0, 9)};
  world.run(60'000);
  world.clock.set(minute(9));
  world.run(540'000);
  world.clock.set(minute(1) + 30s);
  const Snapshot restored = world.another_loop()->restore();
  CHECK(restored.slot == minute(1));
  REQUIRE(restored.windows[0]);
  CHECK(restored.windows[0]->window.end == minute(1));
  world.querier.asked.clear();
  CHECK(world.run(60'000).failed == 0);  // the running one goes back, and asks for nothing
  CHECK(world.querier.asked.empty());
  REQUIRE(world.published.windows[0]);
  CHECK(world.published.windows[0]->window.end == minute(1));
}

TEST_CASE("an empty journal restores nothing") {
  LoopWorld world({rule_of("r", "e")});
  const Snapshot restored = world.loop->restore();
  REQUIRE(restored.windows.size() == 1);
  CHECK_FALSE(restored.windows[0]);
}

TEST_CASE("a journal that cannot be written keeps no window from being published") {
  const TemporaryFolder folder;
  LoopWorld world({rule_of("r", "e")}, 11'000,
                  {.directory = folder.path() / "state",
                   .owner = Journal::Owner::daemon,
                   .retention = 1h,
                   .memory_retention = 1h});
  world.querier.answers["e"] = {minutes_of("a", 0, 9)};
  {
    const FullDisk full;
    CHECK(world.run(60'000).failed == 0);
    REQUIRE(world.published.windows.at(0));
    CHECK(world.run(120'000).failed == 0);
  }
  CHECK(world.published.windows.at(0)->samples.at(0).value == 2);
  CHECK(world.journal.numbers().waiting_windows == 2);
  CHECK(world.run(180'000).failed == 0);
  CHECK(world.journal.numbers().waiting_windows == 0);
  CHECK(world.journal.numbers().rows.windows == 3);
}

}  // namespace
}  // namespace downsampled
