#include "publish/routes.h"

#include <doctest/doctest.h>

#include "support/inflate.h"
#include "support/manual_clock.h"
#include "support/raw_client.h"
#include "support/recorded.h"
#include "support/running_server.h"

namespace downsampled {
namespace {

constexpr Timestamp kSlot{std::chrono::hours(489000)};

/// An exporter of two groups behind a real server and a client on a real socket.
struct Fixture {
  std::shared_ptr<const Group> a = group_of("a", {"m"});
  std::shared_ptr<const Group> b = group_of("<b>", {"m"});
  test::ManualClock clock{kSlot};
  Exporter exporter{{a, b}, clock, [](ExpositionFormat) { return "self 1\n"; }};
  std::optional<std::string> wrong;
  int reloads = 0;
  Routes routes{exporter, "1.2.3", [this] {
                  ++reloads;
                  return wrong;
                }};
  RunningServer server{[this](const HttpServerRequest& request) { return routes.answer(request); }};
  RawClient client{"127.0.0.1", server.port()};
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("/metrics is served in the format and the encoding that the scrape asks for") {
  Fixture f;
  f.exporter.publish(snapshot_of(f.a, kSlot, {1.5}));
  const RawReply text = f.client.request("GET /metrics");
  CHECK(text.status == 200);
  CHECK(text.has("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  CHECK(text.has("X-Content-Type-Options: nosniff\r\n"));
  CHECK(text.has("Vary: Accept, Accept-Encoding\r\n"));
  CHECK(text.body.ends_with("m{group=\"a\",model=\"0\"} 1.5\nself 1\n"));
  const RawReply packed = f.client.request(
      "GET /metrics",
      "Accept: application/openmetrics-text;version=1.0.0\r\nAccept-Encoding: gzip\r\n");
  CHECK(packed.has("Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"));
  CHECK(packed.has("Content-Encoding: gzip\r\n"));
  CHECK(gunzip(packed.body).ends_with("m{group=\"a\",model=\"0\"} 1.5\nself 1\n# EOF\n"));
  const RawReply head = f.client.request("HEAD /metrics");
  CHECK(head.has("Content-Length: " + std::to_string(text.body.size()) + "\r\n"));
}

TEST_CASE("/-/reload says whether the configuration was read, and why not") {
  Fixture f;
  const RawReply get = f.client.request("GET /-/reload");
  CHECK(get.status == 405);
  CHECK(get.has("Allow: POST, PUT\r\n"));
  CHECK(f.reloads == 0);
  CHECK(f.client.request("POST /-/reload").status == 200);
  CHECK(f.client.request("PUT /-/reload").status == 200);
  f.wrong = "rules.yaml:3: no";
  const RawReply refused = f.client.request("POST /-/reload");
  CHECK(refused.status == 500);
  CHECK(contains(refused.body, "rules.yaml:3: no\n"));
  CHECK(f.reloads == 3);
}

TEST_CASE("/-/reload is forbidden where it was not allowed, and says by what it is") {
  Fixture f;
  Routes routes(f.exporter, "1.2.3", Routes::Reload());
  const HttpServerResponse answer = routes.answer({"POST", "/-/reload", {}});
  CHECK(answer.status == 403);
  CHECK(contains(*answer.body.at(0), "--web.enable-lifecycle (ENABLE_LIFECYCLE)"));
}

TEST_CASE("readiness names the groups that are waited for, and comes with the last one") {
  Fixture f;
  const RawReply before = f.client.request("GET /-/ready");
  CHECK(before.status == 503);
  CHECK(before.body ==
        "Not ready: these groups have not been evaluated yet: rules.yaml;a, "
        "rules.yaml;<b>.\n");
  f.exporter.publish(snapshot_of(f.a, kSlot, {1}));
  CHECK(contains(f.client.request("GET /-/ready").body, ": rules.yaml;<b>.\n"));
  f.exporter.publish(Snapshot{f.b, kSlot, {std::nullopt}});  // all its rules failed
  CHECK(f.client.request("GET /-/ready").status == 200);
}

TEST_CASE("the process is alive, and nobody caches that") {
  Fixture f;
  for (const char* path : {"GET /-/healthy", "GET /healthz", "HEAD /healthz"}) {
    const RawReply reply = f.client.request(path);
    CHECK(reply.status == 200);
    CHECK(reply.has("Cache-Control: no-store\r\n"));
  }
}

TEST_CASE("the landing page shows where the groups stand, escaped") {
  Fixture f;
  f.exporter.publish(snapshot_of(f.a, kSlot, {1, 2}));
  const RawReply reply = f.client.request("GET /");
  CHECK(reply.has("Content-Type: text/html; charset=utf-8\r\n"));
  CHECK(contains(reply.body, "version 1.2.3."));
  CHECK(contains(reply.body, "<a href=\"metrics\">"));
  CHECK(contains(reply.body,
                 "<tr><td>a</td><td>rules.yaml</td><td>1h</td>"
                 "<td>2025-10-14T00:00:00Z</td><td>0 of 1</td><td>2</td></tr>"));
  CHECK(contains(reply.body, "<td>&lt;b&gt;</td>"));
  CHECK(contains(reply.body, "<td>none yet</td>"));
  CHECK_FALSE(contains(reply.body, "<b>"));
}

TEST_CASE("other paths are not found, and other methods are not allowed") {
  Fixture f;
  for (const char* path : {"GET /metrics/", "GET /x", "GET /%2e%2e/metrics", "POST /x"}) {
    RawClient client("127.0.0.1", f.server.port());
    CHECK_MESSAGE(client.request(path).status == 404, path);
  }
  for (const char* line : {"POST /metrics", "DELETE /", "OPTIONS /-/ready"}) {
    RawClient client("127.0.0.1", f.server.port());
    const RawReply reply = client.request(line, "Content-Length: 0\r\n");
    CHECK_MESSAGE(reply.status == 405, line);
    CHECK(reply.has("Allow: GET, HEAD\r\n"));
  }
}

}  // namespace
}  // namespace downsampled
