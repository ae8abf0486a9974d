// A transfer that hangs ends when it is told to, wherever it hangs, and the client stays usable.
#include <doctest/doctest.h>

#include "net/http_client.h"
#include "support/collecting_sink.h"
#include "support/scripted_server.h"
#include "unreachable.h"

namespace downsampled {
namespace {

// The time from the request to stop to the end of the post.
std::chrono::milliseconds time_to_stop(const std::string& url) {
  HttpClient client{HttpClientOptions{}};
  HttpRequest request;
  request.url = url;
  CountingSink body;
  const SystemClock clock;
  SteadyTime asked;
  std::jthread stopper;
  std::stop_source stop;
  stopper = std::jthread([&] {
    clock.sleep_for(std::chrono::milliseconds(150), {});
    asked = clock.steady_now();
    stop.request_stop();
  });
  try {
    client.post(request, body, stop.get_token());
    FAIL("the post came to an end by itself");
  } catch (const Error& error) {
    CHECK(error.reason() == Reason::canceled);
  }
  const SteadyTime ended = clock.steady_now();
  stopper.join();
  return std::chrono::duration_cast<std::chrono::milliseconds>(ended - asked);
}

constexpr std::chrono::milliseconds kSoon{500};  // for a loaded machine; it takes a few

TEST_CASE("a stop ends a transfer that hangs in its reply") {
  const ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\n\r\nsome");
    connection.hang();
  });
  const auto time = time_to_stop(server.url());
  CHECK(time < kSoon);
}

TEST_CASE("a stop ends a transfer that hangs before its reply") {
  const ScriptedServer server([](ScriptedConnection& connection) { connection.hang(); });
  CHECK(time_to_stop(server.url()) < kSoon);
}

TEST_CASE("a stop ends a transfer that hangs in the TLS handshake") {
  const ScriptedServer server([](ScriptedConnection& connection) { connection.hang(); });
  CHECK(time_to_stop("https" + server.url().substr(4)) < kSoon);
}

TEST_CASE("a stop ends a transfer that hangs while it connects") {
  const FullBacklog backlog;
  CHECK(time_to_stop(backlog.url()) < kSoon);
}

TEST_CASE("a stop ends a transfer that hangs in a name lookup") {
  const HangingLookups lookups;
  const auto time = time_to_stop("http://hanging.test/");
  CHECK(time < kSoon);
}

TEST_CASE("a stop ends a transfer that never pauses") {
  const ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.send(std::string(50000, 'x'))) {
    }
  });
  CHECK(time_to_stop(server.url()) < kSoon);
}

TEST_CASE("a stop that came before the request lets none go out") {
  const ScriptedServer server(always("200 OK", ""));
  HttpClient client{HttpClientOptions{}};
  HttpRequest request;
  request.url = server.url();
  CollectingSink body;
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(client.post(request, body, stop.get_token()), Error);
  CHECK(server.connections() == 0);
}

TEST_CASE("what the sink throws comes out, and the client goes on with the next request") {
  struct Full final : ByteSink {
    void write(std::string_view) override { throw Error(Reason::duplicate_series, "twice"); }
  };
  const ScriptedServer server(always("200 OK", "text"));
  HttpClient client{HttpClientOptions{}};
  HttpRequest request;
  request.url = server.url();
  Full full;
  try {
    client.post(request, full, {});
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.reason() == Reason::duplicate_series);
  }
  CHECK(client.cost().status == 200);
  CHECK(client.cost().body_bytes == 4);
  CollectingSink body;
  CHECK(client.post(request, body, {}).status == 200);
  CHECK(body.text == "text");
}

}  // namespace
}  // namespace downsampled
