#include "pipeline/catch_up.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "support/captured_log.h"
#include "support/temporary_folder.h"
#include "unit/pipeline/pipeline_world.h"

namespace downsampled {
namespace {

using namespace test;

/// A group that is evaluated live until its 100th minute, and what catches it up.
struct World : PipelineWorld {
  explicit World(std::vector<Rule> rules = {rule_of("r", "e")}, Duration most_age = 24h,
                 Journal::Options kept = {})
      : PipelineWorld(group_of_minutes(std::move(rules)), 11'000, std::move(kept)),
        max_age(most_age) {
    querier.answers["e"] = {minutes_of("a", 0, 300)};
    restart();
  }

  void restart() {
    catch_up = std::make_unique<CatchUp>(
        Groups{group}, group_metrics, stages(),
        CatchUp::Options{max_age, 1s, [this](int attempt, std::optional<Duration> retry_after) {
                           backoffs.emplace_back(attempt, retry_after);
                           paused = true;
                           return 1h;
                         }});
  }

  /// The live evaluation of the n-th minute, which gives so many of the rules a window.
  void live(std::int64_t n, std::size_t well = 1) {
    clock.set(minute(n) + 1s);
    RecordedWindow window{.window = {minute(n - 1), minute(n)}, .samples = {}};
    Entries entries;
    for (std::size_t rule = 0; rule < well; ++rule) {
      entries.windows.push_back({key(rule), group->id(), &window});
    }
    journal.add(entries);
    catch_up->evaluated(0, minute(n), {.failed = group->rules.size() - well});
  }

  /// A second passes whenever it waits.
  template <typename Done>
  void run_until(Done done) {
    const std::jthread thread([this](std::stop_token stop) { catch_up->run(stop); });
    for (int wait = 0; wait < 10'000 && !done(); ++wait) {
      std::this_thread::sleep_for(1ms);
      if (wait % 50 == 49) clock.advance(1s);
    }
    CHECK(done());
  }
  void run_until_caught_up(double windows, const std::string& rule = "r") {
    run_until([&] { return value("windows_caught_up_total", rule) == windows; });
  }
  void run_until_missing(std::int64_t windows) {
    run_until([&] { return value("windows_missing", "r") == static_cast<double>(windows); });
  }
  /// Long enough for what should not be done to be done.
  void run_for_a_while() {
    const std::jthread thread([this](std::stop_token stop) { catch_up->run(stop); });
    std::this_thread::sleep_for(60ms);
  }

  std::vector<Timestamp> recorded(std::size_t rule = 0) {
    return journal.window_ends(key(rule), minute(0), minute(1000));
  }
  std::optional<Timestamp> settled(std::size_t rule = 0) { return journal.settled(key(rule)); }

  const Duration max_age;
  std::vector<std::pair<int, std::optional<Duration>>> backoffs;  // read when nothing runs
  std::atomic<bool> paused = false;
  std::unique_ptr<CatchUp> catch_up;
};

std::vector<Timestamp> minutes(std::int64_t first, std::int64_t last) {
  std::vector<Timestamp> ends;
  for (std::int64_t n = first; n <= last; ++n) ends.push_back(minute(n));
  return ends;
}

TEST_CASE("what was missed is recorded, the oldest first, neighbors by one query") {
  World world;
  world.live(100);
  world.live(111);
  const std::string log = logged([&] { world.run_until_caught_up(10); });
  CHECK(world.recorded() == minutes(100, 111));
  CHECK(world.journal.find_window(world.key(), minute(105))->samples.at(0).value == 105);
  REQUIRE(world.querier.asked.size() == 2);  // one slot to see how large they are, then the rest
  CHECK(world.querier.asked[0].grid.last() == minute(101));
  CHECK(world.querier.asked[0].grid.count == 6);
  CHECK(world.querier.asked[1].grid.last() == minute(110));
  CHECK(world.querier.asked[1].grid.count == 54);
  CHECK(world.settled() == minute(111));
  CHECK(world.value("windows_missing", "r") == 0);
  CHECK(world.value("evaluations_total", "r") == 10);
  CHECK(lines_with(log,
                   "msg=\"catching up\" rule_group=f;g windows=10 "
                   "from=1970-01-01T01:41:00Z to=1970-01-01T01:50:00Z") == 1);
  CHECK(lines_with(log, "msg=\"caught up\" rule_group=f;g windows=10") == 1);
}

TEST_CASE("the newest slot is live's, also where it failed there") {
  World world;
  world.live(100);
  world.live(101, 0);
  world.run_for_a_while();
  CHECK(world.querier.asked.empty());
  CHECK(world.settled() == minute(100));
  world.live(102);
  world.run_until_caught_up(1);
  CHECK(world.recorded() == minutes(100, 102));
}

TEST_CASE("a rule that is new begins with its first live slot") {
  World world;
  CHECK(world.settled() == minute(99));
  world.live(100);
  world.live(101);
  world.run_for_a_while();
  CHECK(world.querier.asked.empty());
  CHECK(world.recorded() == minutes(100, 101));
}

TEST_CASE("what was recorded before a stop is counted, and what was canceled is no failure") {
  World world({rule_of("r", "e"), rule_of("s", "f")});
  std::stop_source stop;
  world.querier.fail = [&](const RangeQuery& query) -> std::optional<QueryReply> {
    if (query.expr == "e") return std::nullopt;
    stop.request_stop();
    return QueryReply{.failure = Error(Reason::canceled, "stopped")};
  };
  world.live(100, 2);
  world.live(102, 2);
  world.catch_up->run(stop.get_token());
  CHECK(world.recorded(0) == minutes(100, 102));
  CHECK(world.recorded(1) == std::vector{minute(100), minute(102)});
  CHECK(world.value("windows_caught_up_total", "r") == 1);
  CHECK(world.value("evaluations_total", "r") == 1);
  CHECK(world.value("evaluations_total", "s") == 0);
}

TEST_CASE("of several rules those are caught up that missed something") {
  World world({rule_of("good", "e"), rule_of("bad", "f")});
  world.live(100, 2);
  world.live(101, 1);
  world.live(102, 2);
  world.run_until_caught_up(1, "bad");
  REQUIRE(world.querier.asked.size() == 1);
  CHECK(world.querier.asked[0].expr == "f");
  CHECK(world.value("windows_caught_up_total", "good") == 0);
  CHECK(world.recorded(1) == minutes(100, 102));
}

TEST_CASE("what live recorded since it was heard is not taken for a clock that was ahead") {
  World world;
  for (std::int64_t n = 100; n <= 110; ++n) world.live(n);
  world.run_for_a_while();
  CHECK(world.querier.asked.empty());
  CHECK(world.settled() == minute(110));
}

TEST_CASE("what a clock that was ahead called settled is not believed") {
  World world({rule_of("r", "e")}, 10min);
  world.live(100);
  world.journal.settle({{world.key(), "f;g", minute(5000)}}, 0);
  world.live(106);
  world.run_until([&] { return world.recorded() == minutes(97, 106); });
  world.run_for_a_while();
  CHECK(world.settled() == minute(106));
}

TEST_CASE(
    "a clock that jumped forward leaves nothing behind, and one set back is not run ahead of") {
  World world;
  world.live(100);
  world.live(200);
  world.clock.set(minute(150));  // and back, before anything was caught up
  world.run_until_caught_up(50);
  world.run_for_a_while();
  CHECK(world.settled() == minute(150));
  CHECK(world.value("windows_missing", "r") == 0);
  for (const auto& query : world.querier.asked) CHECK(query.grid.last() <= minute(150));
  world.live(151);
  world.live(201);  // what was recorded ahead of its time is not asked for again
  world.run_until_caught_up(50 + 48);
  CHECK(world.recorded() == minutes(100, 201));
  CHECK(world.settled() == minute(201));
}

TEST_CASE("nothing is asked for where the clock was set back by less than a group waits for") {
  World world;
  for (std::int64_t n = 100; n <= 103; ++n) world.live(n);
  world.run_for_a_while();
  REQUIRE(world.settled() == minute(103));
  world.clock.set(minute(101));
  world.catch_up->evaluated(0, minute(103), {});  // which was under way
  world.run_for_a_while();
  CHECK(world.querier.asked.empty());
  CHECK(world.settled() == minute(103));
}

TEST_CASE("what was missing before the clock was set back waits until it is over again") {
  World world;
  world.live(100);
  world.live(200);
  world.querier.fail = [](const RangeQuery&) -> std::optional<QueryReply> {
    return QueryReply{.failure = Error(Reason::connect, "refused")};
  };
  world.run_until([&] { return world.paused.load(); });
  world.querier.fail = [](const RangeQuery&) { return std::nullopt; };
  world.querier.asked.clear();
  world.clock.jump(-110min);
  world.clock.advance(1h + 1s);  // of the backoff
  world.run_until_caught_up(50);
  for (const auto& query : world.querier.asked) CHECK(query.grid.last() <= minute(150));
}

TEST_CASE("what is missing is caught up by the next process") {
  World world;
  world.live(100);
  world.live(105);
  world.restart();  // before anything was caught up
  world.live(106);
  world.run_until_caught_up(4);
  CHECK(world.recorded() == minutes(100, 106));
}

TEST_CASE("windows past the age are lost: counted, said once, and not asked for") {
  World world({rule_of("r", "e")}, 5min);
  world.live(100);
  world.live(120);
  std::string log = logged([&] { world.run_until_caught_up(4); });
  CHECK(world.recorded().at(1) == minute(116));
  CHECK(world.recorded().size() == 6);
  CHECK(world.value("windows_lost_total", "r") == 15);
  CHECK(world.settled() == minute(120));
  CHECK(lines_with(log, "level=error msg=\"windows lost") == 1);
  CHECK(log.find("from=1970-01-01T01:41:00Z to=1970-01-01T01:55:00Z windows=15") != log.npos);

  // A gap that goes on is one gap.
  world.querier.fail = [](const RangeQuery&) { return QueryReply{.status = 503}; };
  log = logged([&] {
    for (std::int64_t n = 121; n <= 140; ++n) {
      world.live(n, 0);
      world.run_until_missing(std::min<std::int64_t>(4, n - 121));
      world.run_until([&] {
        return world.value("windows_lost_total", "r") ==
               std::max(15.0, static_cast<double>(n - 110));
      });
    }
  });
  CHECK(world.value("windows_lost_total", "r") == 15 + 15);
  CHECK(lines_with(log, "windows lost") == 1);
}

TEST_CASE("an age of 0 s switches it off") {
  World world({rule_of("r", "e")}, 0s);
  world.live(100);
  world.live(110);
  world.run_until([&] { return world.value("windows_lost_total", "r") == 9; });
  CHECK(world.querier.asked.empty());
  CHECK(world.settled() == minute(110));
}

TEST_CASE("a source that is away is left alone, until a live evaluation goes well") {
  World world;
  std::atomic<int> refused = 0;
  bool away = true;
  world.querier.fail = [&](const RangeQuery&) -> std::optional<QueryReply> {
    if (!away) return std::nullopt;
    ++refused;
    return QueryReply{.status = 503, .retry_after = Duration(7s)};
  };
  world.live(100);
  world.live(110, 0);
  world.run_for_a_while();
  CHECK(refused == 1);
  REQUIRE(world.backoffs.size() == 1);
  CHECK(world.backoffs[0].first == 1);
  CHECK(world.backoffs[0].second == Duration(7s));
  CHECK(world.value("windows_missing", "r") == 9);
  CHECK(world.failures("r", Reason::unavailable) == 0);  // no window is to blame
  SUBCASE("and is asked again at the end of the pause, for longer each time") {
    world.clock.advance(1h);
    world.run_for_a_while();
    CHECK(refused == 2);
    CHECK(world.backoffs.back().first == 2);
    away = false;
    world.clock.advance(1h);
    world.run_until_caught_up(9);
  }
  SUBCASE("which wakes it at once") {
    away = false;
    world.live(111);
    world.run_until_caught_up(10);
    CHECK(world.recorded() == minutes(100, 111));
  }
  SUBCASE("and not one that fails as well") {
    world.live(111, 0);
    world.run_for_a_while();
    CHECK(refused == 1);
  }
}

TEST_CASE("a window that is wrong keeps no other, and is tried again after a pause") {
  World world;
  std::atomic<bool> wrong = true;
  world.querier.fail = [&](const RangeQuery& query) -> std::optional<QueryReply> {
    const bool third = query.grid.first <= minute(103) && query.grid.last() >= minute(103);
    return wrong && third ? std::optional(wrong_query()) : std::nullopt;
  };
  world.live(100);
  world.live(111);
  const std::string log = logged([&] { world.run_until_caught_up(9); });
  CHECK(world.recorded().size() == 11);
  CHECK(world.settled() == minute(102));
  CHECK(world.value("windows_missing", "r") == 1);
  CHECK(world.failures("r", Reason::query_error) == 1);
  CHECK(lines_with(log, "level=warn msg=\"window failed") == 1);
  CHECK(lines_with(log, "caught up") == 0);
  const std::size_t asked = world.querier.asked.size();
  world.run_for_a_while();
  CHECK(world.querier.asked.size() == asked);  // not yet
  world.clock.advance(1min);
  world.run_until([&] { return world.failures("r", Reason::query_error) == 2; });
  world.clock.advance(1min);
  world.run_for_a_while();
  CHECK(world.failures("r", Reason::query_error) == 2);  // the pause has doubled
  world.clock.advance(1min);
  wrong = false;
  CHECK(lines_with(logged([&] { world.run_until_caught_up(10); }), "caught up") == 1);
  CHECK(world.settled() == minute(111));
  CHECK(world.value("windows_missing", "r") == 0);
}

TEST_CASE("what failed live and goes well again is not paused for") {
  World world;
  std::atomic<bool> wrong = true;
  world.querier.fail = [&](const RangeQuery&) {
    return wrong ? std::optional(wrong_query()) : std::nullopt;
  };
  world.live(100);
  for (std::int64_t n = 101; n <= 105; ++n) {
    world.live(n, 0);
    world.run_until_missing(n - 101);
  }
  wrong = false;
  world.live(106);
  world.run_until_caught_up(5);
  CHECK(world.recorded() == minutes(100, 106));
}

TEST_CASE("after a damaged journal the last --catch-up.max-age is evaluated again") {
  const TemporaryFolder folder;
  folder.write("state/journal.db", "damaged");
  std::unique_ptr<World> world;
  const std::string log = logged([&] {
    world = std::make_unique<World>(std::vector{rule_of("r", "e")}, 10min,
                                    Journal::Options{.directory = folder.path() / "state",
                                                     .owner = Journal::Owner::daemon,
                                                     .retention = 24h});
  });
  REQUIRE(world->journal.replacements() > 0);
  world->live(100);
  world->run_until_caught_up(9);
  CHECK(world->recorded() == minutes(91, 100));
  CHECK(world->value("windows_lost_total", "r") == 0);
}

TEST_CASE("a journal that is found damaged while we run is filled again") {
  const TemporaryFolder folder;
  World world(
      {rule_of("r", "e")}, 10min,
      {.directory = folder.path() / "state", .owner = Journal::Owner::daemon, .retention = 24h});
  world.live(100);
  world.live(101);
  world.run_for_a_while();
  Database(folder.path() / "state" / "journal.db").script("UPDATE window SET payload = 'damaged'");
  logged([&] { CHECK_FALSE(world.journal.find_window(world.key(), minute(101))); });
  REQUIRE(world.journal.replacements() > 0);
  world.live(102);
  world.run_until_caught_up(9);
  CHECK(world.recorded() == minutes(93, 102));
}

TEST_CASE("live's own slot is recorded again too, where the file that had it is gone") {
  const TemporaryFolder folder;
  World world(
      {rule_of("r", "e")}, 10min,
      {.directory = folder.path() / "state", .owner = Journal::Owner::daemon, .retention = 24h});
  world.live(100);
  world.live(101);
  std::filesystem::remove(folder.path() / "state" / "journal.db");
  logged([&] { world.journal.settle({{world.key(), "f;g", minute(101)}}, 0); });
  REQUIRE(world.journal.replacements() == 1);
  CHECK_FALSE(world.settled());
  world.run_until_caught_up(10);
  CHECK(world.recorded() == minutes(92, 101));
  CHECK(world.settled() == minute(101));
}

TEST_CASE("a rule goes on under another name of its group, and starts afresh when it is edited") {
  World world({rule_of("r", "e"), rule_of("s", "e")});
  world.live(100, 2);
  Group renamed = *world.group;
  renamed.file = "other";
  renamed.name = "h";
  renamed.rules[1].expr = "e + 0";
  world.group = std::make_shared<const Group>(renamed);
  world.group_metrics.clear();
  world.group_metrics.push_back(world.metrics.add_group(*world.group));
  world.clock.set(minute(105));
  world.restart();
  CHECK(world.settled(0) == minute(100));
  CHECK(world.settled(1) == minute(104));
  world.live(105, 2);
  world.run_until([&] { return world.recorded(0) == minutes(100, 105); });
  CHECK(world.recorded(1) == minutes(105, 105));
}

TEST_CASE("of several groups the one with the oldest window goes first") {
  World world;
  Group other = *world.group;
  other.name = "other";
  other.rules = {rule_of("s", "f")};
  const Groups groups{world.group, std::make_shared<const Group>(other)};
  world.group_metrics.push_back(world.metrics.add_group(*groups[1]));
  CatchUp catch_up(groups, world.group_metrics, world.stages(),
                   {24h, 1s, [](int, std::optional<Duration>) { return 1h; }});
  world.journal.settle({{world.key(), "f;g", minute(105)}}, 0);
  world.clock.set(minute(110));
  catch_up.evaluated(0, minute(110), {.failed = 1});
  catch_up.evaluated(1, minute(110), {.failed = 1});
  {
    const std::jthread thread([&](std::stop_token stop) { catch_up.run(stop); });
    for (int wait = 0; wait < 10'000 && world.value("windows_caught_up_total", "r") < 4; ++wait) {
      std::this_thread::sleep_for(1ms);
    }
  }
  CHECK(world.value("windows_caught_up_total", "s") == 10);
  REQUIRE(world.querier.asked.size() >= 2);
  CHECK(world.querier.asked[0].expr == "f");
  CHECK(world.querier.asked[0].grid.last() == minute(100));
  CHECK(world.querier.asked[1].expr == "f");
}

}  // namespace
}  // namespace downsampled
