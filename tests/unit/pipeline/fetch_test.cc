#include "pipeline/fetch.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "pipeline/attempt.h"
#include "pipeline/panes_in_hand.h"
#include "support/same_bits.h"
#include "unit/pipeline/pipeline_world.h"

namespace downsampled {
namespace {

using namespace test;

QueryReply refusal(int status, const std::string& words, const std::string& type = "execution") {
  return {.status = status,
          .error_body =
              fmt::format(R"({{"status":"error","errorType":"{}","error":"{}"}})", type, words)};
}

QueryReply too_many_samples() {
  return refusal(422,
                 "query processing would load too many samples into memory in query execution");
}

QueryReply silence() { return {.failure = Error(Reason::timeout, "did not answer in time")}; }

/// Fetches points of ten seconds of one expression, which has two series with a value everywhere.
struct FetchWorld : PipelineWorld {
  explicit FetchWorld(std::uint64_t reply_bytes = 8 << 20)
      : PipelineWorld(group_of_minutes({rule_of("r", "e")}), 11'000, {}, reply_bytes) {
    querier.answers["e"] = {minutes_of("a", 0, 100), minutes_of("b", 0, 100)};
  }

  void refuse_over(std::int64_t points) {
    querier.fail = [=](const RangeQuery& query) {
      return query.grid.count > points ? std::optional(too_many_samples()) : std::nullopt;
    };
  }

  std::optional<Error> fetch_points(std::int64_t count) {
    taken.clear();
    restarts = 0;
    querier.asked.clear();
    const Stages own = stages();
    return attempt([&] {
      fetch("e", {at(10'000), 10s, count},
            {.take =
                 [&](const Series& series) {
                   auto& samples = taken[to_string(series.labels)];
                   samples.insert(samples.end(), series.samples.begin(), series.samples.end());
                 },
             .restart =
                 [&] {
                   taken.clear();
                   ++restarts;
                 }},
            own, deadline());
    });
  }

  std::vector<std::int64_t> asked() const {
    std::vector<std::int64_t> counts;
    for (const auto& request : querier.asked) counts.push_back(request.grid.count);
    return counts;
  }

  bool has_all(std::int64_t count) const {
    const auto whole = minutes_of("a", 0, 100).samples;
    const std::vector<Sample> expected(whole.begin(), whole.begin() + count);
    return taken.size() == 2 && taken.begin()->second == expected &&
           taken.rbegin()->second == expected;
  }

  std::map<std::string, std::vector<Sample>> taken;  // by label set
  int restarts = 0;
};

using Counts = std::vector<std::int64_t>;

TEST_CASE("a piece that is too big is asked again in halves, and what came before stays") {
  FetchWorld world;
  world.querier.fail = [&](const RangeQuery& query) {
    const bool late = query.grid.first > at(10'000);
    return late && query.grid.count > 60 ? std::optional(too_many_samples()) : std::nullopt;
  };
  REQUIRE_FALSE(world.fetch_points(400));
  CHECK(world.asked() == Counts{250, 150, 75, 37, 37, 37, 37, 2});
  CHECK(world.restarts == 0);
  CHECK(world.has_all(400));
}

TEST_CASE("the next fetch starts with a size that works") {
  FetchWorld world;
  world.refuse_over(50);
  REQUIRE_FALSE(world.fetch_points(200));
  CHECK(world.asked() == Counts{200, 100, 50, 50, 50, 50});
  CHECK(world.has_all(200));
  CHECK(world.source.splits.Value() == 2);
  CHECK(world.source.limited.Value() == 1);
  REQUIRE_FALSE(world.fetch_points(200));
  CHECK(world.asked() == Counts{50, 50, 50, 50});
  CHECK(world.source.splits.Value() == 2);
}

TEST_CASE("a size grows again, and what does not fit is not tried each time") {
  FetchWorld world;
  world.refuse_over(50);
  int refused = 0;
  for (int slot = 0; slot < 200; ++slot) {
    REQUIRE_FALSE(world.fetch_points(200));
    for (const std::int64_t points : world.asked()) refused += points > 50 ? 1 : 0;
  }
  CHECK(refused <= 2 + 4);
  world.refuse_over(1000);
  for (int slot = 0; slot < 1000; ++slot) REQUIRE_FALSE(world.fetch_points(200));
  CHECK(world.asked() == Counts{200});
  CHECK(world.source.limited.Value() == 0);
}

TEST_CASE("a reply that breaks after series were taken starts again from the first point") {
  FetchWorld world;
  world.querier.breaks = [&](const RangeQuery& query) {
    const bool late = query.grid.first > at(10'000);
    return late && query.grid.count > 100 ? std::optional<std::size_t>(150 * 20) : std::nullopt;
  };
  REQUIRE_FALSE(world.fetch_points(400));
  // 150 are tried once more, since 250 went well before.
  CHECK(world.asked() == Counts{250, 150, 75, 150, 75, 75, 75, 75, 75, 25});
  CHECK(world.restarts == 2);
  CHECK(world.has_all(400));
}

TEST_CASE("what is not now is an error at once, and teaches nothing") {
  FetchWorld world;
  world.refuse_over(50);
  REQUIRE_FALSE(world.fetch_points(200));
  for (int slot = 0; slot < 100; ++slot) {
    for (const QueryReply& reply :
         {refusal(503, "Service Unavailable", "unavailable"), QueryReply{.status = 429},
          QueryReply{.status = 502}, QueryReply{.failure = Error(Reason::connect, "refused")},
          refusal(503, "query timed out in query queue", "timeout")}) {
      world.querier.fail = [&](const RangeQuery&) { return reply; };
      CHECK(world.fetch_points(200));
      CHECK(world.asked() == Counts{50});
    }
  }
  world.refuse_over(50);
  REQUIRE_FALSE(world.fetch_points(200));
  CHECK(world.asked() == Counts{50, 50, 50, 50});
}

TEST_CASE("what is wrong is an error at once") {
  FetchWorld world;
  world.querier.fail = [](const RangeQuery&) { return wrong_query(); };
  const auto error = world.fetch_points(200);
  REQUIRE(error);
  CHECK(error->reason() == Reason::query_error);
  CHECK(world.asked() == Counts{200});
  CHECK(world.source.limited.Value() == 0);
}

TEST_CASE("one step that is too big is an error with the server's words and what to do") {
  FetchWorld world;
  world.refuse_over(0);
  const auto error = world.fetch_points(200);
  REQUIRE(error);
  CHECK(error->reason() == Reason::query_too_large);
  for (const char* part : {"single step of `e`", "would load too many samples", "fewer series"}) {
    CAPTURE(error->message());
    CHECK(error->message().find(part) != std::string::npos);
  }
  CHECK(world.asked() == Counts{200, 100, 50, 25, 12, 6, 3, 1});
  CHECK(world.fetch_points(200));
  CHECK(world.asked() == Counts{1});
}

TEST_CASE("a server whose own time runs out is asked for less at once") {
  FetchWorld world;
  world.querier.fail = [](const RangeQuery& query) {
    return query.grid.count > 50
               ? std::optional(refusal(503, "query timed out in expression evaluation", "timeout"))
               : std::nullopt;
  };
  CHECK_FALSE(world.fetch_points(100));
  CHECK(world.asked() == Counts{100, 50, 50});
}

TEST_CASE("a server that hangs is not asked for less in the same fetch") {
  FetchWorld world;
  REQUIRE_FALSE(world.fetch_points(200));
  world.querier.fail = [](const RangeQuery&) { return silence(); };
  for (const std::int64_t points : {200, 200, 200, 100, 50}) {
    const auto error = world.fetch_points(200);
    REQUIRE(error);
    CHECK(error->reason() == Reason::timeout);
    CHECK(world.asked() == Counts{points});
  }
  world.refuse_over(200);
  REQUIRE_FALSE(world.fetch_points(200));
  CHECK(world.asked() == Counts{25, 50, 100, 25});
}

TEST_CASE("replies are kept within the budget of bytes, once it is known what a point weighs") {
  FetchWorld world(2000);  // of two series: 22 bytes of labels, and some 15 a sample
  REQUIRE_FALSE(world.fetch_points(500));
  CHECK(world.has_all(500));
  const Counts counts = world.asked();
  CHECK(counts.front() == 250);
  for (std::size_t index = 1; index + 1 < counts.size(); ++index) {
    CHECK(counts[index] > 50);
    CHECK(counts[index] < 80);
  }
}

/// The panes of five minutes, asked from a server that takes and breaks as chance has it.
std::vector<std::shared_ptr<const Pane>> panes_of(std::uint64_t seed, bool whole) {
  Group group = group_of_minutes({rule_of("r", "e", "c"), rule_of("s", "e", "c")});
  group.rules[0].aggregate = Aggregate::stddev;
  group.rules[1].aggregate = {Aggregate::quantile, 0.9};
  PipelineWorld world(group);
  std::mt19937_64 values(1);
  for (const char* pod : {"a", "b", "c", "d"}) {
    auto& answer = world.querier.answers["e"].emplace_back(minutes_of(pod, 0, 10));
    for (Sample& sample : answer.samples) {
      sample.value =
          std::ldexp(static_cast<double>(values()), static_cast<int>(values() % 200) - 99);
    }
    std::erase_if(answer.samples, [&](const Sample&) { return values() % 5 == 0; });
  }
  world.querier.answers["c"] = {minutes_of("any", 0, 10)};
  std::mt19937_64 random(seed);
  if (!whole) {
    world.querier.fail = [&](const RangeQuery& query) {
      return query.grid.count > 1 && random() % 3 == 0 ? std::optional(too_many_samples())
                                                       : std::nullopt;
    };
    world.querier.breaks = [&](const RangeQuery& query) {
      return query.grid.count > 1 && random() % 4 == 0 ? std::optional<std::size_t>(random() % 2000)
                                                       : std::nullopt;
    };
  }
  const Stages stages = world.stages();
  PanesInHand panes(*world.group, stages);
  panes.compute(world.group->rules[0], PaneNumbers{2, 3, 4, 5, 6}, world.deadline());
  std::vector<std::shared_ptr<const Pane>> made;
  for (auto& pane : panes.take_computed()) made.push_back(pane.pane);
  return made;
}

TEST_CASE("however a query is cut, the panes are the same bit for bit") {
  const auto expected = panes_of(0, true);
  REQUIRE(expected.size() == 5);
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    const auto cut = panes_of(seed, false);
    REQUIRE(cut.size() == expected.size());
    for (std::size_t index = 0; index < cut.size(); ++index) {
      REQUIRE(cut[index]->series.size() == 4);
      CHECK(same_bits(*cut[index], *expected[index]));
    }
  }
}

}  // namespace
}  // namespace downsampled
