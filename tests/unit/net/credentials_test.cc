#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "base/error.h"
#include "net/http_credentials.h"

namespace downsampled {
namespace {

class SecretFile {
 public:
  SecretFile() { ::close(::mkstemp(path_)); }
  ~SecretFile() { ::unlink(path_); }
  SecretFile(const SecretFile&) = delete;
  SecretFile& operator=(const SecretFile&) = delete;

  std::string path() const { return path_; }
  void hold(const std::string& text) const { std::ofstream(path_, std::ios::trunc) << text; }

 private:
  char path_[32] = "/tmp/downsampled-secret-XXXXXX";
};

Error error_of(const HttpCredentials& credentials) {
  try {
    current_bearer_token(credentials);
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  return Error(Reason::canceled, "");
}

TEST_CASE("a token file is read anew every time, and blanks around the token are dropped") {
  const SecretFile file;
  HttpCredentials credentials;
  credentials.bearer_token_file = file.path();
  file.hold("first\n");
  CHECK(current_bearer_token(credentials) == "first");
  file.hold("  second \r\n\n");
  CHECK(current_bearer_token(credentials) == "second");
}

TEST_CASE("a password file is read anew every time") {
  const SecretFile file;
  HttpCredentials credentials;
  credentials.user_name = "ann";
  credentials.password_file = file.path();
  file.hold("correct horse\n");
  CHECK(current_password(credentials) == "correct horse");
  file.hold("battery\n");
  CHECK(current_password(credentials) == "battery");
}

TEST_CASE("a file that is missing, empty, a directory or endless is an error that names it") {
  const SecretFile empty;
  empty.hold(" \n");
  for (const std::string& path : {std::string("/nonexistent/token"), empty.path(),
                                  std::string("/tmp"), std::string("/dev/zero")}) {
    CAPTURE(path);
    HttpCredentials credentials;
    credentials.bearer_token_file = path;
    const Error error = error_of(credentials);
    CHECK(error.reason() == Reason::io);
    CHECK(error.message().find(path) != std::string::npos);
  }
}

TEST_CASE("a token that would break a header is refused, and not shown") {
  for (const std::string token : {"hunter2\r\nX-Injected: 1", "hunter2 3", "hunter2\x01"}) {
    HttpCredentials credentials;
    credentials.bearer_token = token;
    const Error error = error_of(credentials);
    CHECK(error.reason() == Reason::config);
    CHECK(error.message().find("hunter2") == std::string::npos);
  }
}

TEST_CASE("secrets are taken out of what a server says") {
  CHECK(conceal("no a1b2 in a1b2a1b2", {"a1b2", ""}) == "no <secret> in <secret><secret>");
  CHECK(conceal("sent \"Basic YW5uOng=\", Basic YQ==", {""}) ==
        "sent \"Basic <secret>\", Basic <secret>");
  CHECK(conceal("Basic ", {}) == "Basic <secret>");
}

}  // namespace
}  // namespace downsampled
