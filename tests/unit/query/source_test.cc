#include "query/source.h"

#include <doctest/doctest.h>

#include <thread>

#include "support/collecting_sink.h"
#include "support/scripted_server.h"

namespace downsampled {
namespace {

RangeQuery up() {
  return {"up{a=\"b\"}", {Timestamp(std::chrono::seconds(1700000000)), Duration(1500), 3}};
}

Source::Options options_for(std::string url) {
  Source::Options options;
  options.url = std::move(url);
  options.http.user_agent = "downsampled/test";
  options.http.timeout = std::chrono::seconds(30);
  return options;
}

TEST_CASE("a range query is posted with its grid") {
  Guarded<std::string> seen;
  const ScriptedServer server([&](ScriptedConnection& connection) {
    *seen.lock() = connection.read_request();
    connection.reply("200 OK", "{}");
  });
  Source source(options_for(server.url("/prefix")));
  CollectingSink body;
  const QueryReply reply = source.run(up(), body, {});
  CHECK(reply.ok());
  CHECK(body.text == "{}");
  const std::string request = *seen.lock();
  CHECK(request.rfind("POST /prefix/api/v1/query_range HTTP/1.1\r\n", 0) == 0);
  CHECK(request.substr(request.find("\r\n\r\n") + 4) ==
        "query=up%7Ba%3D%22b%22%7D&start=1700000000&end=1700000003&step=1.5&timeout=27");
}

TEST_CASE("parameters of the source stand in the URL, escaped") {
  Guarded<std::string> seen;
  const ScriptedServer server([&](ScriptedConnection& connection) {
    *seen.lock() = connection.read_request();
    connection.reply("200 OK", "{}");
  });
  Source::Options options = options_for(server.url("/prefix"));
  options.params = {{"partial_response", "false"}, {"storeMatch[]", "{a=\"b c\"}"}};
  CollectingSink body;
  CHECK(Source(std::move(options)).run(up(), body, {}).ok());
  CHECK(
      seen.lock()->starts_with("POST /prefix/api/v1/query_range?partial_response=false&"
                               "storeMatch%5B%5D=%7Ba%3D%22b%20c%22%7D HTTP/1.1\r\n"));
}

TEST_CASE("times are printed exactly, in seconds") {
  CHECK(format_seconds(Duration(0)) == "0");
  CHECK(format_seconds(Duration(1700000000000)) == "1700000000");
  CHECK(format_seconds(Duration(1700000000001)) == "1700000000.001");
  CHECK(format_seconds(Duration(250)) == "0.25");
  CHECK(format_seconds(Duration(100)) == "0.1");
  CHECK(format_seconds(Duration(7000)) == "7");
  CHECK(format_seconds(Duration(-1500)) == "-1.5");
  CHECK(format_seconds(Duration(-5)) == "-0.005");
}

TEST_CASE("a failed reply keeps what a retry must know") {
  const ScriptedServer server(always("429 Too Many Requests\r\nRetry-After: 3", "later"));
  Source source(options_for(server.url("")));
  CollectingSink body;
  const QueryReply reply = source.run(up(), body, {});
  CHECK_FALSE(reply.ok());
  CHECK(reply.status == 429);
  CHECK(reply.error_body == "later");
  CHECK(reply.retry_after == std::chrono::seconds(3));
}

TEST_CASE("every request is reported once, with what it cost") {
  const ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.reply("200 OK", "body");
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbro");
  });
  std::vector<SourceRequest> reported;
  Source::Options options = options_for(server.url(""));
  options.observer = [&](const SourceRequest& request) { reported.push_back(request); };
  Source source(options);
  CollectingSink body;
  source.run(up(), body, {});
  source.run(up(), body, {});
  REQUIRE(reported.size() == 2);
  CHECK(reported[0].cost.status == 200);
  CHECK_FALSE(reported[0].failure);
  CHECK(reported[0].cost.body_bytes == 4);
  CHECK(reported[1].failure == Reason::transfer_broken);
}

TEST_CASE("a request that its sink ended is reported with its status, a stopped one not at all") {
  struct Full final : ByteSink {
    void write(std::string_view) override { throw Error(Reason::malformed_reply, "no JSON"); }
  };
  const ScriptedServer server(always("200 OK", "body"));
  std::vector<SourceRequest> reported;
  Source::Options options = options_for(server.url(""));
  options.observer = [&](const SourceRequest& request) { reported.push_back(request); };
  Source source(options);
  Full full;
  CHECK_THROWS_AS(source.run(up(), full, {}), Error);
  REQUIRE(reported.size() == 1);
  CHECK(reported[0].cost.status == 200);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(source.run(up(), full, stop.get_token()), Error);
  CHECK(reported.size() == 1);
}

TEST_CASE("many threads share a source, and its connections") {
  constexpr int kThreads = 4;
  constexpr int kQueries = 25;
  const ScriptedServer server(always("200 OK", "12345"));
  std::atomic<int> reported{0};
  Source::Options options = options_for(server.url(""));
  options.observer = [&](const SourceRequest&) { ++reported; };
  Source source(options);
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < kQueries; ++j) {
          CollectingSink body;
          if (source.run(up(), body, {}).ok() && body.text == "12345") ++good;
        }
      });
    }
  }
  CHECK(good == kThreads * kQueries);
  CHECK(reported == kThreads * kQueries);
  CHECK(server.connections() <= kThreads);
}

}  // namespace
}  // namespace downsampled
