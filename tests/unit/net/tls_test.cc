// TLS against a real OpenSSL server: the fake Prometheus of the end-to-end tests.
#include <doctest/doctest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "net/http_client.h"
#include "support/collecting_sink.h"

namespace downsampled {
namespace {

class TlsServer {
 public:
  TlsServer() {
    if (::mkdtemp(directory_) == nullptr) throw std::runtime_error("no temporary directory");
    int out[2];
    if (::pipe(out) != 0) throw std::runtime_error("no pipe");
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(out[1], STDOUT_FILENO);
      ::execl("/usr/bin/python3", "python3", FAKE_PROMETHEUS, "body('trusted')", "--tls",
              directory_, nullptr);
      ::_exit(127);
    }
    ::close(out[1]);
    for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) url_ += c;
    ::close(out[0]);
    REQUIRE(url_.rfind("https://127.0.0.1:", 0) == 0);
  }
  ~TlsServer() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    std::filesystem::remove_all(directory_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  const std::string& url() const { return url_; }
  std::string certificate() const { return std::string(directory_) + "/server.crt"; }

 private:
  char directory_[32] = "/tmp/downsampled-tls-XXXXXX";
  pid_t child_ = -1;
  std::string url_;
};

TEST_CASE("a server's certificate is checked") {
  const TlsServer server;
  HttpClientOptions options;
  options.timeout = std::chrono::seconds(20);
  HttpRequest request;
  request.url = server.url();
  CollectingSink body;

  SUBCASE("against the system's authorities, which do not know it") {
    const HttpReply reply = HttpClient(options).post(request, body, {});
    REQUIRE(reply.failure);
    CHECK(reply.failure->reason() == Reason::tls);
    CHECK(body.text.empty());
  }
  SUBCASE("against a file of ours, which does") {
    options.tls.ca_file = server.certificate();
    CHECK(HttpClient(options).post(request, body, {}).status == 200);
    CHECK(body.text == "trusted");
  }
  SUBCASE("not at all, when told so") {
    options.tls.insecure_skip_verify = true;
    CHECK(HttpClient(options).post(request, body, {}).status == 200);
    CHECK(body.text == "trusted");
  }
  SUBCASE("against the name in the URL") {
    options.tls.ca_file = server.certificate();
    request.url = "https://stranger.test" + server.url().substr(server.url().rfind(':'));
    const HttpReply reply = HttpClient(options).post(request, body, {});
    REQUIRE(reply.failure);
    CHECK(reply.failure->reason() == Reason::tls);
  }
}

}  // namespace
}  // namespace downsampled
