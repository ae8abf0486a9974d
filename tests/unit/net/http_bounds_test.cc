// What a server can send without end, and that each of it ends at a bound of ours.
#include <doctest/doctest.h>
#include <zlib.h>

#include "net/http_client.h"
#include "support/collecting_sink.h"
#include "support/scripted_server.h"

namespace downsampled {
namespace {

constexpr std::uint64_t kBound = 1 << 20;

HttpClientOptions bounded_options() {
  HttpClientOptions options;
  options.timeout = std::chrono::seconds(30);
  options.max_reply_bytes = kBound;
  return options;
}

HttpRequest request_to(const ScriptedServer& server) {
  HttpRequest request;
  request.url = server.url();
  return request;
}

// Headers once, then a piece again and again until the client hangs up.
ScriptedServer::Script endless(std::string head, std::string piece) {
  return [=](ScriptedConnection& connection) {
    connection.read_request();
    connection.send(head);
    while (connection.send(piece)) {
    }
  };
}

std::string gzipped(const std::string& text) {
  z_stream stream{};
  const int gzip_window = 15 + 16;
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, gzip_window, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_CASE("an endless reply ends at its bound") {
  const ScriptedServer server(endless("HTTP/1.1 200 OK\r\n\r\n", std::string(50000, 'x')));
  HttpClient client(bounded_options());
  CountingSink body;
  const HttpReply reply = client.post(request_to(server), body, {});
  REQUIRE(reply.failure);
  CHECK(reply.failure->reason() == Reason::reply_too_large);
  CHECK(body.count <= kBound);
  CHECK(body.count > kBound / 2);
}

TEST_CASE("a reply of exactly the bound passes, one byte more does not") {
  for (const std::size_t size : {kBound, kBound + 1}) {
    const ScriptedServer server(always("200 OK", std::string(size, 'x')));
    HttpClient client(bounded_options());
    CountingSink body;
    CHECK(client.post(request_to(server), body, {}).failure.has_value() == (size > kBound));
  }
}

TEST_CASE("a compressed reply is counted as it unpacks") {
  const std::string bomb = gzipped(std::string(64 << 20, 'x'));
  REQUIRE(bomb.size() < kBound);
  const ScriptedServer server(always("200 OK\r\nContent-Encoding: gzip", bomb));
  HttpClient client(bounded_options());
  CountingSink body;
  const HttpReply reply = client.post(request_to(server), body, {});
  REQUIRE(reply.failure);
  CHECK(reply.failure->reason() == Reason::reply_too_large);
  CHECK(body.count <= kBound);
}

TEST_CASE("a compressed reply arrives unpacked, and costs what was on the wire") {
  const std::string text(100000, 'y');
  const ScriptedServer server(always("200 OK\r\nContent-Encoding: gzip", gzipped(text)));
  HttpClient client(bounded_options());
  CollectingSink body;
  CHECK_FALSE(client.post(request_to(server), body, {}).failure);
  CHECK(body.text == text);
  CHECK(client.cost().body_bytes == text.size());
  CHECK(client.cost().wire_bytes < 1000);
}

TEST_CASE("of an endless error body 64 KiB are kept and the rest is not read") {
  const ScriptedServer server(endless("HTTP/1.1 400 Bad\r\n\r\n", std::string(10000, 'e')));
  HttpClient client(bounded_options());
  CountingSink body;
  const HttpReply reply = client.post(request_to(server), body, {});
  CHECK(reply.status == 400);
  CHECK_FALSE(reply.failure);
  CHECK(reply.error_body == std::string(64 * 1024, 'e'));
}

TEST_CASE("a redirect with an endless body is followed all the same") {
  const ScriptedServer server([](ScriptedConnection& connection) {
    if (connection.read_request().rfind("POST / ", 0) != 0) {
      connection.reply("200 OK", "there");
      return;
    }
    connection.send("HTTP/1.1 307 Moved\r\nLocation: /there\r\n\r\n");
    while (connection.send(std::string(10000, 'r'))) {
    }
  });
  HttpClient client(bounded_options());
  CollectingSink body;
  CHECK(client.post(request_to(server), body, {}).status == 200);
  CHECK(body.text == "there");
}

TEST_CASE("headers without end are refused") {
  const std::string status = "HTTP/1.1 200 OK\r\n";
  for (const auto& script : {endless(status, "X-Header: " + std::string(1000, 'h') + "\r\n"),
                             endless(status + "X-Header: ", std::string(1000, 'h')),
                             endless("", "HTTP/1.1 103 Early Hints\r\n\r\n")}) {
    const ScriptedServer server(script);
    HttpClient client(bounded_options());
    CountingSink body;
    const HttpReply reply = client.post(request_to(server), body, {});
    REQUIRE(reply.failure);
    CAPTURE(reply.failure->message());
    CHECK(reply.failure->reason() == Reason::malformed_reply);
  }
}

TEST_CASE("a reply that trickles ends at the total timeout") {
  const ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.sleep_for(std::chrono::milliseconds(50)) && connection.send("x")) {
    }
  });
  HttpClientOptions options = bounded_options();
  options.timeout = std::chrono::milliseconds(400);
  HttpClient client(options);
  CountingSink body;
  const HttpReply reply = client.post(request_to(server), body, {});
  REQUIRE(reply.failure);
  CHECK(reply.status == 200);
  CHECK(reply.failure->reason() == Reason::timeout);
  CHECK(body.count >= 1);
  CHECK(client.cost().duration >= std::chrono::milliseconds(390));
  CHECK(client.cost().duration < std::chrono::seconds(5));
}

TEST_CASE("a request may have less time than its client") {
  const ScriptedServer server([](ScriptedConnection& connection) { connection.hang(); });
  HttpClient client(bounded_options());
  HttpRequest request = request_to(server);
  request.timeout = std::chrono::milliseconds(150);
  CountingSink body;
  const HttpReply reply = client.post(request, body, {});
  REQUIRE(reply.failure);
  CHECK(reply.failure->reason() == Reason::timeout);
  CHECK(client.cost().duration < std::chrono::seconds(5));
}

}  // namespace
}  // namespace downsampled
