#include "net/http_server.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <vector>

#include "base/error.h"
#include "support/raw_client.h"
#include "support/running_server.h"

namespace downsampled {
namespace {

using std::chrono::milliseconds;

HttpServerResponse respond(std::string body, int status = 200) {
  return {status, {}, {std::make_shared<std::string>(std::move(body))}};
}

HttpServerResponse echo(const HttpServerRequest& request) {
  return respond(request.method + " " + request.path + " " + request.header("x-word"));
}

Error error_of(const std::string& address) {
  try {
    const ListenSocket socket(address);
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error for " << address);
  return Error(Reason::io, "");
}

TEST_CASE("a request is answered, and its connection serves the next one") {
  RunningServer server(echo);
  RawClient client("127.0.0.1", server.port());
  for (int i = 0; i < 3; ++i) {
    const RawReply reply = client.request("GET /a%20b?c=d", "X-Word: x\r\nx-word: y\r\n");
    CHECK(reply.status == 200);
    CHECK(reply.body == "GET /a b x, y");
  }
}

TEST_CASE("a response of several shared parts arrives as one body, also when it is large") {
  const auto part = std::make_shared<std::string>(3 << 20, 'a');
  RunningServer server([&](const HttpServerRequest&) {
    return HttpServerResponse{200, {}, {part, std::make_shared<std::string>(), part}};
  });
  RawClient client("127.0.0.1", server.port());
  CHECK(client.request("GET /").body == *part + *part);
  CHECK(client.request("GET /").body == *part + *part);
  server.stop();
  CHECK(part.use_count() == 1);  // the library gave everything back
}

TEST_CASE("a response may have more parts than one system call takes") {
  decltype(HttpServerResponse::body) parts;
  std::string whole;
  for (int i = 0; i < 5000; ++i) {
    parts.push_back(std::make_shared<std::string>(std::to_string(i) + "\n"));
    whole += *parts.back();
  }
  RunningServer server([&](const HttpServerRequest&) {
    return HttpServerResponse{200, {}, parts};
  });
  CHECK(RawClient("127.0.0.1", server.port()).request("GET /").body == whole);
}

TEST_CASE("however long a request is that is taken, it leaves room for many parts in the answer") {
  decltype(HttpServerResponse::body) parts(1000, std::make_shared<std::string>("a part\n"));
  RunningServer server([&](const HttpServerRequest&) {
    return HttpServerResponse{200, {}, parts};
  });
  int taken = 0;
  for (std::size_t size = 0; size <= 16 * 1024; size += 512) {
    const std::string header = "Connection: close\r\nX: " + std::string(size, 'x') + "\r\n";
    const RawReply reply = RawClient("127.0.0.1", server.port()).request("GET /", header);
    if (reply.status == 431) continue;
    CHECK(reply.status == 200);
    CHECK(reply.body.size() == 7000);
    ++taken;
  }
  CHECK(taken >= 20);
}

TEST_CASE("HEAD gets the headers of GET and no body") {
  RunningServer server(echo);
  RawClient client("127.0.0.1", server.port());
  const RawReply head = client.request("HEAD /x");
  CHECK(head.status == 200);
  CHECK(head.has("Content-Length: 8"));
  CHECK(client.request("GET /y").body == "GET /y ");  // and nothing of a body before it
}

TEST_CASE("an empty body is a response too") {
  RunningServer server([](const HttpServerRequest&) { return HttpServerResponse{204, {}, {}}; });
  RawClient client("127.0.0.1", server.port());
  CHECK(client.request("GET /").status == 204);
  CHECK(client.request("GET /").status == 204);
}

TEST_CASE("a handler that throws costs its request a 500 and the server nothing") {
  RunningServer server([](const HttpServerRequest& request) {
    if (request.path == "/bad") throw std::runtime_error("bad");
    return respond("good");
  });
  RawClient client("127.0.0.1", server.port());
  CHECK(client.request("GET /bad").status == 500);
  CHECK(client.request("GET /").body == "good");
}

TEST_CASE("a request body is not read: the answer comes first, and the connection closes") {
  RunningServer server(echo);
  for (const char* header : {"Content-Length: 1000000000\r\n", "Transfer-Encoding: chunked\r\n"}) {
    RawClient client("127.0.0.1", server.port());
    const RawReply reply = client.request("POST /x", header);
    CHECK(reply.body == "POST /x ");
    CHECK(client.is_closed());
  }
}

TEST_CASE("headers over the bound are refused, and garbage is refused or cut off") {
  HttpServerLimits limits;
  limits.patience = milliseconds(300);
  RunningServer server(echo, limits);
  RawClient large("127.0.0.1", server.port());
  const RawReply reply = large.request("GET /", "X: " + std::string(64 << 10, 'x') + "\r\n");
  CHECK((reply.status == 0 || reply.status == 431 || reply.status == 413));
  for (const std::string& bytes : {std::string("\0\xff\x16\x03 garbage\r\n\r\n", 16),
                                   std::string("GET\r\n\r\n"), std::string(64 << 10, ' ')}) {
    RawClient garbage("127.0.0.1", server.port());
    garbage.send(bytes);
    CHECK(garbage.is_closed());
  }
  CHECK(RawClient("127.0.0.1", server.port()).request("GET /").status == 200);
}

TEST_CASE("clients that are too slow are cut off: silent, dripping a request, not reading") {
  HttpServerLimits limits;
  limits.patience = milliseconds(300);
  const auto body = std::make_shared<std::string>(32 << 20, 'a');
  RunningServer server(
      [&](const HttpServerRequest&) {
        return HttpServerResponse{200, {}, {body}};
      },
      limits);
  RawClient silent("127.0.0.1", server.port());
  CHECK(silent.is_closed());

  RawClient dripping("127.0.0.1", server.port());
  bool open = true;
  for (int i = 0; i < 100 && open; ++i) {
    open = dripping.send("G");
    std::this_thread::sleep_for(milliseconds(50));
  }
  CHECK_FALSE(open);

  RawClient lazy("127.0.0.1", server.port(), 4096);
  lazy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  std::this_thread::sleep_for(milliseconds(1000));
  CHECK(lazy.read_reply().body.size() < body->size());
}

TEST_CASE("connections over the bound wait, and are served when others go") {
  HttpServerLimits limits;
  limits.connections = 2;
  limits.patience = milliseconds(500);
  RunningServer server(echo, limits);
  RawClient first("127.0.0.1", server.port());
  RawClient second("127.0.0.1", server.port());
  CHECK(first.request("GET /").status == 200);
  CHECK(second.request("GET /").status == 200);
  RawClient third("127.0.0.1", server.port());
  CHECK(third.request("GET /").status == 200);  // once the idle ones were cut off
}

TEST_CASE("stopping is prompt while a client reads slowly, and closes the port") {
  const auto body = std::make_shared<std::string>(32 << 20, 'a');
  RunningServer server([&](const HttpServerRequest&) {
    return HttpServerResponse{200, {}, {body}};
  });
  RawClient client("127.0.0.1", server.port(), 4096);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  std::this_thread::sleep_for(milliseconds(100));
  const SystemClock clock;
  const SteadyTime before = clock.steady_now();
  server.stop();
  CHECK(clock.steady_now() - before < std::chrono::seconds(1));
  CHECK(body.use_count() == 1);
  CHECK_THROWS(RawClient("127.0.0.1", server.port()));
}

TEST_CASE("many clients at once are all answered") {
  RunningServer server(echo);
  std::atomic<int> answered = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back([&] {
        for (int j = 0; j < 50; ++j) {
          RawClient client("127.0.0.1", server.port());
          if (client.request("GET /").status == 200) ++answered;
        }
      });
    }
  }
  CHECK(answered == 400);
}

TEST_CASE("a listening socket takes IPv4, IPv6 and names, and says where it listens") {
  CHECK(ListenSocket("127.0.0.1:0").address().starts_with("127.0.0.1:"));
  CHECK(ListenSocket("127.0.0.1:0").port() != 0);
  CHECK(ListenSocket("localhost:0").port() != 0);
  const ListenSocket all(":0");
  RawClient("127.0.0.1", all.port());  // connects, or throws
  if (all.address().starts_with("[::]")) {
    CHECK(ListenSocket("[::1]:0").address().starts_with("[::1]:"));
    RawClient("::1", all.port());
  }
}

TEST_CASE("an address that cannot be had is an error that names the flag") {
  const ListenSocket taken("127.0.0.1:0");
  const Error error = error_of(taken.address());
  CHECK(error.reason() == Reason::io);
  CHECK(error.message() == "cannot listen on " + taken.address() +
                               ": address already in use; set --web.listen-address");
  CHECK(error_of("203.0.113.1:0").reason() == Reason::io);
  CHECK(error_of("no.such.host.invalid:0").reason() == Reason::io);
  for (const char* wrong :
       {"8000", "", ":", ":65536", ":-1", ":80x", "::1:80", "[::1:80", "[x]:1"}) {
    CHECK_MESSAGE(error_of(wrong).reason() == Reason::config, wrong);
  }
}

}  // namespace
}  // namespace downsampled
