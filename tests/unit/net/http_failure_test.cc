// Every way in which a request can fail, and the reason that it is given.
#include <doctest/doctest.h>

#include "net/http_client.h"
#include "support/collecting_sink.h"
#include "support/scripted_server.h"
#include "unreachable.h"

namespace downsampled {
namespace {

HttpClientOptions quick_options() {
  HttpClientOptions options;
  options.timeout = std::chrono::seconds(10);
  return options;
}

Error failure_of(HttpClientOptions options, std::string url) {
  HttpClient client(std::move(options));
  HttpRequest request;
  request.url = std::move(url);
  CollectingSink body;
  const HttpReply reply = client.post(request, body, {});
  REQUIRE(reply.failure);
  return *reply.failure;
}

ScriptedServer::Script once(std::string bytes) {
  return [=](ScriptedConnection& connection) {
    connection.read_request();
    connection.send(bytes);
  };
}

TEST_CASE("a refused connection is a failure to connect, and the message names the URL") {
  const ClosedPort closed;
  const Error error = failure_of(quick_options(), closed.url());
  CHECK(error.reason() == Reason::connect);
  CHECK(error.message().find(closed.url()) != std::string::npos);
}

TEST_CASE("a host without an address is a failure to resolve") {
  CHECK(failure_of(quick_options(), "http://absent.test/").reason() == Reason::resolve);
}

TEST_CASE("after a lookup that failed, a client works as before") {
  HttpClient client(quick_options());
  HttpRequest request;
  CollectingSink body;
  for (int i = 0; i < 2; ++i) {
    request.url = "http://absent.test/";
    const HttpReply reply = client.post(request, body, {});
    REQUIRE(reply.failure);
    CHECK(reply.failure->reason() == Reason::resolve);
  }
  const ScriptedServer server(always("200 OK", "x"));
  request.url = server.url();
  CHECK(client.post(request, body, {}).status == 200);
}

TEST_CASE("a connection that does not come about in time is a failure to connect") {
  const FullBacklog backlog;
  HttpClientOptions options = quick_options();
  options.connect_timeout = std::chrono::milliseconds(200);
  CHECK(failure_of(options, backlog.url()).reason() == Reason::connect);
}

TEST_CASE("a name lookup that does not come back in time is a failure to resolve") {
  const HangingLookups lookups;
  HttpClientOptions options = quick_options();
  options.connect_timeout = std::chrono::milliseconds(200);
  CHECK(failure_of(options, "http://hanging.test/").reason() == Reason::resolve);
}

TEST_CASE("a server without TLS is a failure of TLS") {
  const ScriptedServer server(
      [](ScriptedConnection& connection) { connection.send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  const std::string url = "https" + server.url().substr(4);
  CHECK(failure_of(quick_options(), url).reason() == Reason::tls);
}

TEST_CASE("a file of authorities that is missing is a failure of TLS") {
  const ScriptedServer server(once(""));
  HttpClientOptions options = quick_options();
  options.tls.ca_file = "/nonexistent/ca.pem";
  const Error error = failure_of(options, "https" + server.url().substr(4));
  CHECK(error.reason() == Reason::tls);
  CHECK(error.message().find("/nonexistent/ca.pem") != std::string::npos);
}

TEST_CASE("a server that takes the request and says nothing is a timeout") {
  const ScriptedServer server([](ScriptedConnection& connection) { connection.hang(); });
  HttpClientOptions options = quick_options();
  options.timeout = std::chrono::milliseconds(200);
  CHECK(failure_of(options, server.url()).reason() == Reason::timeout);
}

TEST_CASE("a connection lost before a reply is a failure to connect") {
  CHECK(failure_of(quick_options(), ScriptedServer(once("")).url()).reason() == Reason::connect);
  const ScriptedServer server(once("HTTP/1.1 100 Continue\r\n\r\n"));
  CHECK(failure_of(quick_options(), server.url()).reason() == Reason::connect);
}

TEST_CASE("a connection lost inside a reply is a broken transfer") {
  const ScriptedServer sized(once("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"));
  CHECK(failure_of(quick_options(), sized.url()).reason() == Reason::transfer_broken);
  const ScriptedServer chunked(
      once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"));
  CHECK(failure_of(quick_options(), chunked.url()).reason() == Reason::transfer_broken);
}

TEST_CASE("what is not HTTP, or not compressed as announced, is malformed") {
  const ScriptedServer ssh(once("SSH-2.0-OpenSSH_9.2\r\n"));
  CHECK(failure_of(quick_options(), ssh.url()).reason() == Reason::malformed_reply);
  const ScriptedServer plain(
      once("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain"));
  CHECK(failure_of(quick_options(), plain.url()).reason() == Reason::malformed_reply);
  const ScriptedServer unknown(
      once("HTTP/1.1 200 OK\r\nContent-Encoding: lzma\r\nContent-Length: 5\r\n\r\nplain"));
  CHECK(failure_of(quick_options(), unknown.url()).reason() == Reason::malformed_reply);
}

TEST_CASE("credentials in a URL are not in the message") {
  const ClosedPort closed;
  const std::string url = "http://ann:hunter2@" + closed.url().substr(7);
  CHECK(failure_of(quick_options(), url).message().find("hunter2") == std::string::npos);
}

}  // namespace
}  // namespace downsampled
