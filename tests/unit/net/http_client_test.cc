#include "net/http_client.h"

#include <doctest/doctest.h>

#include "support/collecting_sink.h"
#include "support/scripted_server.h"

namespace downsampled {
namespace {

HttpClientOptions quick_options() {
  HttpClientOptions options;
  options.user_agent = "downsampled/test";
  options.timeout = std::chrono::seconds(20);
  return options;
}

HttpRequest request_to(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  request.body = "query=up";
  return request;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a post sends the form and streams the reply") {
  Guarded<std::string> seen;
  const ScriptedServer server([&](ScriptedConnection& connection) {
    *seen.lock() = connection.read_request();
    connection.reply("200 OK", "{\"status\":\"success\"}");
  });
  HttpClient client(quick_options());
  CollectingSink body;
  const HttpReply reply = client.post(request_to(server.url("/api")), body, {});

  CHECK(reply.status == 200);
  CHECK_FALSE(reply.failure);
  CHECK(body.text == "{\"status\":\"success\"}");
  CHECK(client.cost().body_bytes == body.text.size());
  CHECK(client.cost().wire_bytes > body.text.size());
  CHECK(client.cost().status == 200);
  const std::string request = *seen.lock();
  CHECK(request.rfind("POST /api HTTP/1.1\r\n", 0) == 0);
  CHECK(contains(request, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
  CHECK(contains(request, "\r\nUser-Agent: downsampled/test\r\n"));
  CHECK(contains(request, "gzip"));
  CHECK_FALSE(contains(request, "Expect"));
  CHECK(request.substr(request.size() - 12) == "\r\n\r\nquery=up");
}

TEST_CASE("a get sends no body, and no proxy is used where none is wanted") {
  Guarded<std::string> seen;
  const ScriptedServer server([&](ScriptedConnection& connection) {
    *seen.lock() = connection.read_request();
    connection.reply("200 OK", "ready");
  });
  ::setenv("http_proxy", "http://127.0.0.1:9", 1);
  HttpClientOptions options = quick_options();
  CollectingSink body;
  const HttpReply proxied = HttpClient(options).get(server.url("/x"), body, {});
  options.proxy.from_environment = false;
  const HttpReply direct = HttpClient(options).get(server.url("/x"), body, {});
  ::unsetenv("http_proxy");

  REQUIRE(proxied.failure);
  CHECK(proxied.failure->reason() == Reason::connect);
  CHECK(direct.status == 200);
  CHECK(body.text == "ready");
  const std::string request = *seen.lock();
  CHECK(request.rfind("GET /x HTTP/1.1\r\n", 0) == 0);
  CHECK_FALSE(contains(request, "Content-"));
  CHECK_FALSE(contains(request, "Authorization"));
}

TEST_CASE("requests share a connection") {
  const ScriptedServer server(always("200 OK", "x"));
  HttpClient client(quick_options());
  CollectingSink body;
  for (int i = 0; i < 3; ++i) CHECK(client.post(request_to(server.url()), body, {}).status == 200);
  CHECK(body.text == "xxx");
  CHECK(server.connections() == 1);
}

TEST_CASE("a connection that the server has closed meanwhile is replaced") {
  const ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.reply("200 OK", "x");  // and close, without having announced it
  });
  HttpClient client(quick_options());
  CollectingSink body;
  for (int i = 0; i < 3; ++i) CHECK(client.post(request_to(server.url()), body, {}).status == 200);
  CHECK(server.connections() == 3);
}

TEST_CASE("the body of an error is kept apart, and Retry-After is read") {
  const ScriptedServer server(always("503 Service Unavailable\r\nRetry-After: 7", "overloaded"));
  HttpClient client(quick_options());
  CollectingSink body;
  const HttpReply reply = client.post(request_to(server.url()), body, {});
  CHECK(reply.status == 503);
  CHECK(reply.error_body == "overloaded");
  CHECK(reply.retry_after == std::chrono::seconds(7));
  CHECK_FALSE(reply.failure);
  CHECK(body.text.empty());
}

TEST_CASE("an error counts by its status even where its body breaks off") {
  const ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 100\r\n\r\nslow");
  });
  HttpClient client(quick_options());
  CollectingSink body;
  const HttpReply reply = client.post(request_to(server.url()), body, {});
  CHECK(reply.status == 429);
  CHECK(reply.error_body == "slow");
  CHECK_FALSE(reply.failure);
}

TEST_CASE("a redirect on the same host is followed, and stays a post") {
  for (const char* status : {"301", "302", "303", "307", "308"}) {
    CAPTURE(status);
    Guarded<std::string> seen;
    const ScriptedServer server([&](ScriptedConnection& connection) {
      connection.read_request();
      connection.reply(std::string(status) + " Moved\r\nLocation: /there/query", "elsewhere");
      *seen.lock() = connection.read_request();
      connection.reply("200 OK", "found");
    });
    HttpClient client(quick_options());
    CollectingSink body;
    CHECK(client.post(request_to(server.url("/here/query")), body, {}).status == 200);
    CHECK(body.text == "found");
    const std::string request = *seen.lock();
    CHECK(request.rfind("POST /there/query ", 0) == 0);
    CHECK(contains(request, "query=up"));
  }
}

TEST_CASE("a redirect to another host or port is refused, and the message says where it led") {
  const ScriptedServer other(always("200 OK", "stolen"));
  for (const std::string& target : {std::string("http://elsewhere.test/x"), other.url("/x")}) {
    CAPTURE(target);
    const ScriptedServer server(always("307 Moved\r\nLocation: " + target, ""));
    HttpClient client(quick_options());
    CollectingSink body;
    const HttpReply reply = client.post(request_to(server.url()), body, {});
    REQUIRE(reply.failure);
    CHECK(reply.failure->reason() == Reason::redirect);
    CHECK(contains(reply.failure->message(), target));
  }
  CHECK(other.connections() == 0);
}

TEST_CASE("redirects without end are given up") {
  std::atomic<int> requests{0};
  const ScriptedServer server([&](ScriptedConnection& connection) {
    while (!connection.read_request().empty()) {
      ++requests;
      connection.reply("302 Found\r\nLocation: /again", "");
    }
  });
  HttpClient client(quick_options());
  CollectingSink body;
  const HttpReply reply = client.post(request_to(server.url()), body, {});
  REQUIRE(reply.failure);
  CHECK(reply.failure->reason() == Reason::redirect);
  CHECK(requests == 6);  // the first, and five redirects
}

TEST_CASE("credentials go along as headers") {
  Guarded<std::string> seen;
  const ScriptedServer server([&](ScriptedConnection& connection) {
    *seen.lock() = connection.read_request();
    connection.reply("200 OK", "");
  });
  CollectingSink body;
  HttpClientOptions options = quick_options();
  SUBCASE("a bearer token") {
    options.credentials.bearer_token = "s3cret";
    HttpClient(options).post(request_to(server.url()), body, {});
    CHECK(contains(*seen.lock(), "\r\nAuthorization: Bearer s3cret\r\n"));
  }
  SUBCASE("a user name alone") {
    options.credentials.user_name = "ann";
    HttpClient(options).post(request_to(server.url()), body, {});
    CHECK(contains(*seen.lock(), "\r\nAuthorization: Basic YW5uOg==\r\n"));
  }
}

TEST_CASE("forms are percent-encoded") {
  CHECK(form_encoded({{"query", "up{a=\"b c\"} > 1 + 2&x"}, {"empty", {}}, {"é", "~-._"}}) ==
        "query=up%7Ba%3D%22b%20c%22%7D%20%3E%201%20%2B%202%26x&empty=&%C3%A9=~-._");
}

}  // namespace
}  // namespace downsampled
