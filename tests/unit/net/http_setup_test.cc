// What a client's options put into its requests: headers, credentials, proxy.
#include "net/http_setup.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include "support/collecting_sink.h"
#include "support/scripted_server.h"

namespace downsampled {
namespace {

/// A server that answers 200 and keeps the last request's head.
class Listener {
 public:
  std::string url(std::string_view path = "/") const { return server_.url(path); }
  std::string at() const { return fmt::format("127.0.0.1:{}", server_.port()); }

  /// The head of the request that a client with these options sends to `url`.
  std::string head_of(const HttpClientOptions& options, const std::string& url) {
    CollectingSink body;
    seen_.lock()->clear();
    const HttpReply reply = HttpClient(options).get(url, body, {});
    CHECK(reply.status == 200);
    return *seen_.lock();
  }

 private:
  Guarded<std::string> seen_;
  const ScriptedServer server_{[this](ScriptedConnection& connection) {
    *seen_.lock() = connection.read_request();
    connection.reply("200 OK", "x");
  }};
};

HttpClientOptions quick_options() {
  HttpClientOptions options;
  options.timeout = std::chrono::seconds(20);
  return options;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("headers of the client go out with each request") {
  Listener listener;
  HttpClientOptions options = quick_options();
  options.headers = {{"X-Scope-OrgID", "team-a"}, {"X-Other", "a b"}};
  const std::string head = listener.head_of(options, listener.url());
  CHECK(contains(head, "\r\nX-Scope-OrgID: team-a\r\n"));
  CHECK(contains(head, "\r\nX-Other: a b\r\n"));
}

TEST_CASE("credentials go out as they are told to") {
  Listener listener;
  HttpClientOptions options = quick_options();
  options.credentials = {.token_type = "Api-Key", .bearer_token = "abc"};
  CHECK(contains(listener.head_of(options, listener.url()), "\r\nAuthorization: Api-Key abc\r\n"));
  options.credentials = {.user_name = "ann", .password = "horse"};
  CHECK(contains(listener.head_of(options, listener.url()),
                 "\r\nAuthorization: Basic YW5uOmhvcnNl\r\n"));
}

TEST_CASE("a proxy gets the whole URL and its own credentials, the server's host is left to it") {
  Listener proxy;
  HttpClientOptions options = quick_options();
  options.proxy.url = "http://me:horse@" + proxy.at();
  const std::string head = proxy.head_of(options, "http://prometheus.invalid:9090/x");
  CHECK(head.starts_with("GET http://prometheus.invalid:9090/x HTTP/1.1\r\n"));
  CHECK(contains(head, "\r\nProxy-Authorization: Basic bWU6aG9yc2U=\r\n"));
  CHECK(contains(head, "\r\nHost: prometheus.invalid:9090\r\n"));
}

TEST_CASE("no_proxy names the hosts that are asked directly; the environment's does not count") {
  Listener listener;
  HttpClientOptions options = quick_options();
  options.proxy.url = "http://127.0.0.1:9";
  options.proxy.no_proxy = "localhost,127.0.0.1";
  CHECK(listener.head_of(options, listener.url("/x")).starts_with("GET /x HTTP/1.1\r\n"));
  options.proxy.no_proxy.clear();
  ::setenv("no_proxy", "127.0.0.1", 1);
  CollectingSink body;
  const HttpReply reply = HttpClient(options).get(listener.url(), body, {});
  ::unsetenv("no_proxy");
  REQUIRE(reply.failure);
  CHECK(reply.failure->reason() == Reason::connect);
}

TEST_CASE("a redirect that is not to be followed is the reply") {
  const ScriptedServer server(always("302 Found\r\nLocation: /elsewhere", "x"));
  HttpClientOptions options = quick_options();
  options.follow_redirects = false;
  CollectingSink body;
  const HttpReply reply = HttpClient(options).get(server.url(), body, {});
  CHECK(reply.status == 302);
  CHECK_FALSE(reply.failure);
}

TEST_CASE("what a server says back is shown without what is concealed") {
  const ScriptedServer server(always("403 Forbidden", "no: key-1234 and Basic abc, but team-a"));
  HttpClientOptions options = quick_options();
  options.concealed = {"key-1234"};
  CollectingSink body;
  const HttpReply reply = HttpClient(options).get(server.url(), body, {});
  CHECK(reply.error_body == "no: <secret> and Basic <secret> but team-a");
}

}  // namespace
}  // namespace downsampled
