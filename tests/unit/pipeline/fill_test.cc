#include "pipeline/fill.h"

#include <doctest/doctest.h>

#include "unit/pipeline/pipeline_world.h"

namespace downsampled {
namespace {

using namespace test;

/// The hour before minute 101 is to be filled; the minute 100 is the clock's.
struct FillWorld : PipelineWorld {
  FillWorld() : PipelineWorld(group_of_long(1h), 11'000, {.pane_retention = Duration(2h)}) {
    querier.answers["e"] = {minutes_of("a", 0, 200), minutes_of("b", 0, 200)};
  }

  Filled fill_newest(std::size_t most) {
    return downsampled::fill_newest(*group, group->rules[0], {41, 101}, {.most = most}, stages(),
                                    deadline());
  }
  void fill(const OnFilled& on_filled = [](const Filled&) {}) {
    downsampled::fill(*group, group->rules[0], {41, 101}, stages(), 1s, {}, on_filled);
  }
  std::vector<Timestamp> panes() {
    return journal.pane_ends(pane_key(*group, group->rules[0]), minute(0), minute(1000),
                             {.sum = true});
  }
};

QueryReply refused() { return wrong_query(); }

TEST_CASE("the newest panes come first, as many as are asked for, until none is left") {
  FillWorld world;
  Filled filled = world.fill_newest(10);
  CHECK(filled.computed == 10);
  CHECK(filled.left == 50);
  CHECK(filled.series == 2);
  CHECK(world.panes().front() == minute(91));
  filled = world.fill_newest(1000);
  CHECK(filled.computed == 50);
  CHECK(filled.left == 0);
  CHECK(world.querier.asked.size() == 2);
  CHECK(world.fill_newest(1000).computed == 0);
  CHECK(world.querier.asked.size() == 2);
}

/// Refuses what touches that minute.
auto refusal_of(std::int64_t bad, QueryReply reply) {
  return [=](const RangeQuery& query) {
    const bool touches = query.grid.first <= minute(bad) && query.grid.last() >= minute(bad);
    return touches ? std::optional(reply) : std::nullopt;
  };
}

TEST_CASE("a pane that is refused alone is named, and lost by nobody yet") {
  FillWorld world;
  world.querier.fail = refusal_of(80, refused());
  CHECK(world.fill_newest(20).computed == 20);  // 81 to 100
  const Filled filled = world.fill_newest(20);
  CHECK(filled.refused == std::optional<std::int64_t>(80));
  CHECK(filled.lost == 0);
  CHECK(filled.left == 40);
  REQUIRE(filled.error);
  CHECK(filled.error->reason() == Reason::query_error);
  CHECK(world.panes().size() == 20);
}

TEST_CASE("filling all at once loses what is refused for good") {
  FillWorld world;
  world.querier.fail = refusal_of(80, refused());
  std::size_t lost = 0;
  world.fill([&](const Filled& filled) { lost += filled.lost; });
  CHECK(lost == 1);
  CHECK(world.panes().size() == 60);
  const auto pane = world.journal.find_pane(pane_key(*world.group, world.group->rules[0]),
                                            minute(80), {.sum = true});
  REQUIRE(pane);
  CHECK(pane->coverage == Coverage{.points = 6});
}

TEST_CASE("no pane is lost to a rule that is wrong, or to a fault that passes") {
  FillWorld wrong;
  wrong.querier.fail = [](const RangeQuery&) { return std::optional(refused()); };
  CHECK_THROWS_AS(wrong.fill(), Error);
  CHECK(wrong.panes().empty());

  FillWorld passing;
  REQUIRE(passing.fill_newest(1).computed == 1);
  passing.querier.fail = wrong.querier.fail;
  CHECK_THROWS_AS(passing.fill(), Error);
  CHECK(passing.panes().size() == 1);
}

TEST_CASE("no pane is lost to bounds that can be raised, or to what is no answer") {
  for (const QueryReply& reply :
       {QueryReply{.status = 413}, QueryReply{.failure = Error(Reason::reply_too_large, "long")},
        QueryReply{.failure = Error(Reason::malformed_reply, "<html>")}}) {
    FillWorld world;
    REQUIRE(world.fill_newest(1).computed == 1);
    world.querier.fail = refusal_of(80, reply);
    CHECK_THROWS_AS(world.fill(), Error);
    CHECK(world.fill_newest(1).lost == 0);
    CHECK(world.panes().front() >= minute(81));
  }
}

TEST_CASE("a source that is away loses no pane") {
  FillWorld world;
  REQUIRE(world.fill_newest(1).computed == 1);
  world.querier.fail = [](const RangeQuery&) { return std::optional(QueryReply{.status = 503}); };
  const Filled filled = world.fill_newest(10);
  CHECK(filled.lost == 0);
  CHECK(filled.left == 59);
  REQUIRE(filled.error);
  CHECK(filled.error->reason() == Reason::unavailable);
}

TEST_CASE("what the source does not keep so long is lost at once, without a query") {
  FillWorld world;
  // 100 minus 20: the panes before minute 81.
  world.querier.pages["runtimeinfo"] = R"({"status":"success","data":{"storageRetention":"20m"}})";
  const Filled filled = world.fill_newest(10);
  CHECK(filled.too_old);
  CHECK(filled.lost == 40);
  CHECK(filled.left == 20);
  CHECK(world.querier.asked.empty());
  CHECK(world.fill_newest(100).computed == 20);
  CHECK(world.panes().size() == 60);
}

}  // namespace
}  // namespace downsampled
