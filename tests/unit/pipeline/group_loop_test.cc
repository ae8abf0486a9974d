#include "pipeline/group_loop.h"

#include <doctest/doctest.h>

#include <chrono>

#include "support/fake_querier.h"
#include "support/manual_clock.h"

namespace downsampled {
namespace {

using namespace test;
using namespace std::chrono_literals;

const Grid kGrid = grid_of({at(0), at(60'000)}, 10s);

Rule rule(std::string record, std::string expr, std::string coverage = "") {
  return {.record = std::move(record),
          .expr = std::move(expr),
          .coverage = std::move(coverage),
          .window = 60s};
}

/// A group loop with all that it works on.
struct World {
  explicit World(std::vector<Rule> rules, std::int64_t max_points = 11'000) {
    Group made{.name = "g", .file = "f", .interval = 60s, .step = 10s, .source = "default"};
    made.rules = std::move(rules);
    group = std::make_shared<const Group>(std::move(made));
    const Stages stages{.querier = querier,
                        .panes = panes,
                        .clock = clock,
                        .source = source,
                        .remarks = remarks,
                        .decode_limits = {1 << 20, 1 << 20},
                        .max_points = max_points};
    loop = std::make_unique<GroupLoop>(group, metrics.add_group(*group), stages,
                                       [this](const Snapshot& snapshot) {
                                         window_end_before = value("window_end_timestamp_seconds");
                                         published = snapshot;
                                       });
  }

  Outcome run(std::int64_t slot, int attempt = 0) {
    return loop->run({.group = 0, .slot = at(slot), .missed = 0, .attempt = attempt},
                     {.time = clock.steady_now() + 1s, .stop = {}});
  }

  /// A gauge of the only rule.
  double value(const std::string& name) {
    for (const auto& family : metrics.registry().Collect()) {
      if (family.name == "downsampled_rule_" + name) return family.metric.at(0).gauge.value;
    }
    return -1;
  }

  double failures(const std::string& rule, Reason reason) {
    for (const auto& family : metrics.registry().Collect()) {
      if (family.name != "downsampled_rule_evaluation_failures_total") continue;
      for (const auto& metric : family.metric) {
        std::map<std::string, std::string> labels;
        for (const auto& label : metric.label) labels[label.name] = label.value;
        if (labels["rule"] == rule && labels["reason"] == to_string(reason)) {
          return metric.counter.value;
        }
      }
    }
    return -1;
  }

  FakeQuerier querier;
  PaneStore panes;
  ManualClock clock{at(100'000)};
  Remarks remarks;
  Metrics metrics{"test"};
  SourceMetrics source = metrics.add_source("default");
  std::shared_ptr<const Group> group;
  std::unique_ptr<GroupLoop> loop;
  Snapshot published;
  double window_end_before = -1;  // of the publication
};

TEST_CASE("a rule's window is asked for, averaged over what was covered, and published") {
  World world({rule("r", "e", "c")});
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
  World world({rule("r", "e", "c")});
  world.querier.answers["e"] = {series({{"pod", "a"}}, kGrid, {1, 2, 3, 4, 5, 9})};
  world.querier.answers["c"] = {series({}, kGrid, {1, 1, 1})};
  world.run(60'000);
  CHECK(world.window_end_before == 0);
  CHECK(world.value("window_end_timestamp_seconds") == 60);
  CHECK(world.value("window_covered_ratio") == 0.5);
  CHECK(world.value("last_evaluation_series") == 1);
}

TEST_CASE("rules with the same coverage or the same panes ask once") {
  World world({rule("a", "e", "c"), rule("b", "f", "c"), rule("d", "e", "c")});
  world.run(60'000);
  REQUIRE(world.querier.asked.size() == 3);
  CHECK(world.querier.asked[0].expr == "c");
  CHECK(world.querier.asked[1].expr == "e");
  CHECK(world.querier.asked[2].expr == "f");
}

TEST_CASE("a long grid is asked for in pieces, with the same result") {
  World world({rule("r", "e")}, 4);
  world.querier.answers["e"] = {series({{"pod", "a"}}, kGrid, {1, 2, 3, 4, 5, 9})};
  world.run(60'000);
  CHECK(world.querier.asked.size() == 2);
  CHECK(world.published.windows[0]->samples.at(0).value == 4);
}

TEST_CASE("a query that is too big is halved, and what came before is void") {
  World world({rule("r", "e")}, 4);
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
  World world({rule("good", "e"), rule("bad", "f")});
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
  World world({rule("r", "e")});
  world.querier.fail = [](const RangeQuery&) -> std::optional<QueryReply> {
    return QueryReply{.status = 400,
                      .error_body = R"({"status":"error","errorType":"bad_data","error":)"
                                    R"("1:1: parse error: unexpected end of input"})"};
  };
  const Outcome outcome = world.run(60'000);
  CHECK(outcome.failed == 1);
  CHECK_FALSE(outcome.retry);
  CHECK(world.failures("r", Reason::query_error) == 1);
}

TEST_CASE("panes are dropped when no window needs them any more") {
  World world({rule("r", "e")});
  world.run(60'000);
  CHECK_FALSE(world.panes.find(pane_key(*world.group, world.group->rules[0]), at(60'000), {}));
}

TEST_CASE("a rule that fails for good does not keep the panes of the others") {
  World world({rule("good", "e"), rule("bad", "f")});
  world.querier.fail = [](const RangeQuery& query) -> std::optional<QueryReply> {
    if (query.expr != "f") return std::nullopt;
    return QueryReply{.status = 400, .error_body = "parse error"};
  };
  world.run(60'000);
  CHECK_FALSE(world.panes.find(pane_key(*world.group, world.group->rules[0]), at(60'000), {}));
}

TEST_CASE("a source that hangs is not asked for less, and nothing is asked past the deadline") {
  World world({rule("a", "e"), rule("b", "f")});
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
  World world({rule("r", "sum by (label_seldon_deployment_id) (kube_pod_labels)")});
  world.run(60'000);
  CHECK(world.querier.asked.size() == 2);  // the rule, and whether there is kube_pod_info
  world.run(120'000);
  CHECK(world.querier.asked.size() == 3);
}

TEST_CASE("a stopped evaluation publishes nothing and counts nothing") {
  World world({rule("r", "e")});
  std::stop_source stop;
  stop.request_stop();
  world.loop->run({.group = 0, .slot = at(60'000), .missed = 0, .attempt = 0},
                  {.time = world.clock.steady_now() + 1s, .stop = stop.get_token()});
  CHECK(world.published.windows.empty());
  CHECK(world.failures("r", Reason::canceled) == 0);
}

}  // namespace
}  // namespace downsampled
