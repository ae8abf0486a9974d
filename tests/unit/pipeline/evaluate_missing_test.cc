#include "pipeline/evaluate_missing.h"

#include <doctest/doctest.h>

#include "unit/pipeline/pipeline_world.h"

namespace downsampled {
namespace {

using namespace test;

std::vector<Timestamp> minutes(const std::vector<std::int64_t>& numbers) {
  std::vector<Timestamp> ends;
  for (const std::int64_t n : numbers) ends.push_back(minute(n));
  return ends;
}

/// A group whose windows are evaluated in one go; counts what the journal gets.
struct MissingWorld : PipelineWorld {
  explicit MissingWorld(std::vector<Rule> rules, std::int64_t most_points = 11'000)
      : PipelineWorld(group_of_minutes(std::move(rules)), most_points,
                      {.observer = [this](auto, bool) { ++additions; }}) {
    querier.answers["e"] = {minutes_of("a", 0, 20)};
    querier.answers["f"] = {minutes_of("a", 0, 20), minutes_of("b", 0, 20)};
  }

  CaughtUp evaluate(const MissingWindows& missing) {
    return evaluate_missing(*group, missing, rolling, stages(), 1s, stop.get_token());
  }
  std::vector<Timestamp> recorded(std::size_t rule = 0) {
    return journal.window_ends(key(rule), minute(0), minute(1000));
  }
  std::vector<Timestamp> missing(Timestamp after, Timestamp until) {
    return missing_windows(*group, group->rules[0], after, until, stages());
  }

  int additions = 0;
  std::stop_source stop;
  std::vector<RollingWindow> rolling{group->rules.size()};
};

TEST_CASE("several windows come from one query and are added in one piece") {
  MissingWorld world({rule_of("r", "e"), rule_of("s", "f")});
  const CaughtUp result = world.evaluate({minutes({1, 2, 3}), minutes({2, 3})});
  CHECK(world.querier.asked.size() == 2);
  CHECK(world.additions == 1);
  CHECK(result.recorded == std::vector<std::size_t>{3, 2});
  CHECK(result.series == 2);
  CHECK(result.failed.empty());
  CHECK_FALSE(result.interrupted);
  CHECK(world.recorded(0) == minutes({1, 2, 3}));
  CHECK(world.recorded(1) == minutes({2, 3}));
  CHECK(world.journal.find_window(world.key(), minute(2))->samples.at(0).value == 2);
  CHECK(world.journal.find_pane(world.key().panes, minute(2), {}) != nullptr);
}

TEST_CASE("nothing missing, nothing asked and nothing added") {
  MissingWorld world({rule_of("r", "e")});
  world.evaluate({{}});
  CHECK(world.querier.asked.empty());
  CHECK(world.additions == 0);
}

TEST_CASE("a window that fails keeps no other from being recorded") {
  MissingWorld world({rule_of("r", "e"), rule_of("s", "f")});
  world.querier.fail = [](const RangeQuery& query) -> std::optional<QueryReply> {
    const bool third = query.grid.first <= minute(3) && query.grid.last() >= minute(3);
    return third && query.expr == "e" ? std::optional(wrong_query()) : std::nullopt;
  };
  const CaughtUp result = world.evaluate({minutes({1, 2, 3, 4, 5}), minutes({1, 2, 3})});
  CHECK(world.recorded(0) == minutes({1, 2, 4, 5}));
  CHECK(world.recorded(1) == minutes({1, 2, 3}));
  CHECK(result.recorded == std::vector<std::size_t>{4, 3});
  REQUIRE(result.failed.size() == 1);
  CHECK(result.failed[0].rule == 0);
  CHECK(result.failed[0].end == minute(3));
  CHECK(result.failed[0].error.reason() == Reason::query_error);
  CHECK_FALSE(result.interrupted);
  CHECK(world.additions == 1);
}

TEST_CASE("after so many failures the other windows of a rule are not tried") {
  MissingWorld world({rule_of("r", "e"), rule_of("s", "f")});
  world.querier.fail = [](const RangeQuery& query) -> std::optional<QueryReply> {
    return query.expr == "e" && query.grid.last() > minute(1) ? std::optional(wrong_query())
                                                              : std::nullopt;
  };
  const CaughtUp result =
      evaluate_missing(*world.group, {minutes({1, 2, 3, 4, 5}), minutes({1, 2})}, world.rolling,
                       world.stages(), 1s, {}, 2);
  CHECK(world.recorded(0) == minutes({1}));
  CHECK(result.failed.size() == 2);
  CHECK(world.recorded(1) == minutes({1, 2}));
  CHECK_FALSE(result.interrupted);
}

TEST_CASE("many windows are added in parts, each whole") {
  MissingWorld world({rule_of("r", "e"), rule_of("s", "e")});
  std::vector<std::int64_t> many;
  for (std::int64_t n = 1; n <= 150; ++n) many.push_back(n);
  world.evaluate({minutes(many), minutes(many)});
  CHECK(world.recorded(0) == minutes(many));
  CHECK(world.recorded(1) == minutes(many));
  CHECK(world.additions == 3);
  CHECK(world.journal.find_window(world.key(1), minute(20))->samples.at(0).value == 20);
}

TEST_CASE("a source that cannot be asked now ends it; what was evaluated before is kept") {
  MissingWorld world({rule_of("r", "e"), rule_of("s", "f"), rule_of("t", "e")});
  Reason reason{};
  QueryReply refusal;
  SUBCASE("it is away") {
    refusal = {.status = 503, .retry_after = Duration(7s)};
    reason = Reason::unavailable;
  }
  SUBCASE("it does not let us in") {
    refusal = {.status = 401};
    reason = Reason::unauthorized;
  }
  world.querier.fail = [&](const RangeQuery& query) {
    return query.expr == "f" ? std::optional(refusal) : std::nullopt;
  };
  const CaughtUp result = world.evaluate({minutes({1, 2}), minutes({1, 2}), minutes({1, 2})});
  CHECK(world.recorded(0) == minutes({1, 2}));
  CHECK(world.recorded(1).empty());
  CHECK(world.recorded(2).empty());
  CHECK(world.querier.asked.size() == 2);
  CHECK(result.failed.empty());
  REQUIRE(result.interrupted);
  CHECK(result.interrupted->reason() == reason);
  CHECK(result.interrupted->retry_after() == refusal.retry_after);
}

TEST_CASE("a stop ends it, and what was evaluated before is kept") {
  MissingWorld world({rule_of("r", "e"), rule_of("s", "f")});
  world.querier.fail = [&](const RangeQuery&) -> std::optional<QueryReply> {
    world.stop.request_stop();
    return std::nullopt;
  };
  const CaughtUp result = world.evaluate({minutes({1, 2}), minutes({1, 2})});
  REQUIRE(result.interrupted);
  CHECK(result.interrupted->reason() == Reason::canceled);
  CHECK(world.recorded(0) == minutes({1, 2}));
  CHECK(world.recorded(1).empty());
}

TEST_CASE("a source that is too slow for one window is not asked for each of the others") {
  MissingWorld world({rule_of("r", "e")});
  world.querier.fail = [&](const RangeQuery&) -> std::optional<QueryReply> {
    world.clock.advance(2s);
    return QueryReply{.failure = Error(Reason::timeout, "no reply")};
  };
  const CaughtUp result = world.evaluate({minutes({1, 2, 3, 4, 5, 6, 7, 8})});
  CHECK(world.querier.asked.size() == 2);  // for all, and for the first
  CHECK(result.failed.size() == 8);
  CHECK(world.additions == 0);
}

TEST_CASE("every window has the time of its own") {
  MissingWorld world({rule_of("r", "e")}, 6);
  world.querier.fail = [&](const RangeQuery& query) -> std::optional<QueryReply> {
    world.clock.advance(400ms);
    return query.grid.last() == minute(2) ? std::optional(wrong_query()) : std::nullopt;
  };
  const CaughtUp result = world.evaluate({minutes({1, 2, 3, 4, 5})});
  CHECK(world.recorded() == minutes({1, 3, 4, 5}));
  CHECK(result.failed.size() == 1);
}

TEST_CASE("missing are the slots in a range that have no window") {
  MissingWorld world({rule_of("r", "e")});
  CHECK(world.missing(minute(2), minute(5)) == minutes({3, 4, 5}));
  CHECK(world.missing(minute(2) + 1s, minute(5) - 1s) == minutes({3, 4}));
  CHECK(world.missing(minute(5), minute(5)).empty());
  CHECK(world.missing(minute(6), minute(5)).empty());
  world.evaluate({minutes({1, 4, 6, 7})});
  CHECK(world.missing(minute(0), minute(8)) == minutes({2, 3, 5, 8}));
}

TEST_CASE("missing slots are the group's, shifted as these are") {
  Group group = group_of_minutes({rule_of("r", "e")});
  group.eval_offset = 20s;
  PipelineWorld world(std::move(group));
  CHECK(missing_windows(*world.group, world.group->rules[0], minute(1), minute(3),
                        world.stages()) == std::vector{at(80'000), at(140'000)});
}

TEST_CASE("the oldest slots of all rules go first, for each rule what it lacks of them") {
  const MissingWindows missing = {minutes({3, 4, 5}), {}, minutes({1, 4, 9})};
  CHECK(count(missing) == 6);
  CHECK(oldest_of(missing, 2) == MissingWindows{minutes({3}), {}, minutes({1})});
  CHECK(oldest_of(missing, 3) == MissingWindows{minutes({3, 4}), {}, minutes({1, 4})});
  CHECK(oldest_of(missing, 99) == missing);
}

TEST_CASE("one slot is evaluated first; then as many as points and memory allow") {
  const Group group = group_of_minutes({rule_of("r", "e"), rule_of("s", "e")});
  CHECK(batch_of(group, 1000, std::nullopt) == 1);
  CHECK(batch_of(group, 500, 0) == 83);
  CHECK(batch_of(group, 500, 100) == 83);
  CHECK(batch_of(group, 1'000'000, 100) == 1000);
  CHECK(batch_of(group, 1000, 10'000) == 10);
  CHECK(batch_of(group, 1000, 10'000'000) == 1);
  CHECK(batch_of(group, 3, 1) == 1);
}

}  // namespace
}  // namespace downsampled
