#include "pipeline/source_retention.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_querier.h"
#include "support/manual_clock.h"

namespace downsampled {
namespace {

using namespace std::chrono_literals;
using namespace test;

std::string info(const std::string& retention) {
  return R"({"status":"success","data":{"storageRetention":")" + retention + "\"}}";
}

struct RetentionWorld {
  std::optional<Duration> get() { return retention.get({}); }

  FakeQuerier querier;
  ManualClock clock{at(0)};
  SourceRetention retention{querier, clock, {}};
};

TEST_CASE("the retention is what the server says, where it says one") {
  for (const auto& [said, kept] :
       std::vector<std::pair<std::string, std::optional<Duration>>>{{info("15d"), 360h},
                                                                    {info("2h or 10GiB"), 2h},
                                                                    {info("10GiB"), {}},
                                                                    {info("0s"), {}},
                                                                    {info(""), {}},
                                                                    {"<html>", {}}}) {
    const std::string& page = said;
    CAPTURE(page);
    RetentionWorld world;
    world.querier.pages["runtimeinfo"] = page;
    CHECK(world.get() == kept);
  }
}

TEST_CASE("a server that reads older samples from elsewhere has none, but the one we were told") {
  RetentionWorld world;
  world.querier.pages["runtimeinfo"] = info("15d");
  std::string& config = world.querier.pages["config"];
  config = R"({"status":"success","data":{"yaml":"global:\n  scrape_interval: 1m\n"}})";
  CHECK(world.get() == std::optional<Duration>(360h));
  world.clock.advance(1h);
  config = R"({"status":"success","data":{"yaml":"remote_read:\n- url: http://localhost/read\n"}})";
  CHECK_FALSE(world.get());
  SourceRetention told(world.querier, world.clock, 24h);
  CHECK(told.get({}) == std::optional<Duration>(24h));
}

TEST_CASE("what the server says holds for an hour, that it says nothing for a minute") {
  RetentionWorld world;
  CHECK_FALSE(world.get());
  world.querier.pages["runtimeinfo"] = info("15d");
  world.querier.pages["config"] = "{}";
  world.clock.advance(59s);
  CHECK_FALSE(world.get());
  world.clock.advance(1s);
  CHECK(world.get() == std::optional<Duration>(360h));
  world.querier.pages["runtimeinfo"] = info("2h");
  world.clock.advance(59min);
  CHECK(world.get() == std::optional<Duration>(360h));
  world.clock.advance(1min);
  CHECK(world.get() == std::optional<Duration>(2h));
}

}  // namespace
}  // namespace downsampled
