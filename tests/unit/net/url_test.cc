#include "net/url.h"

#include <doctest/doctest.h>

namespace downsampled {
namespace {

std::optional<std::string> refusal(const std::string& from, const std::string& location) {
  const Url here = *Url::parse(from);
  const std::optional<Url> there = here.resolve(location);
  return there ? redirect_refusal(here, *there) : "no http or https URL";
}

TEST_CASE("only http and https URLs with a host are URLs here") {
  CHECK(Url::parse("http://localhost:9090/prefix"));
  CHECK(Url::parse("https://[::1]/"));
  for (const char* text : {"", "localhost:9090", "/path", "ftp://host/", "file:///etc/passwd",
                           "http://", "http://a b/"}) {
    CAPTURE(text);
    CHECK_FALSE(Url::parse(text));
  }
}

TEST_CASE("a URL is shown without credentials, query and fragment") {
  CHECK(Url::parse("http://ann:hunter2@host:1/p?q=1#f")->shown() == "http://host:1/p");
}

TEST_CASE("redirects stay on their host and port") {
  CHECK_FALSE(refusal("http://host:9090/a/b", "/c"));
  CHECK_FALSE(refusal("http://host:9090/a/b", "c?d=1"));
  CHECK_FALSE(refusal("http://host:9090/a", "http://HOST:9090/b"));
  CHECK_FALSE(refusal("http://host/a", "http://host:80/a"));
  CHECK_FALSE(refusal("http://host/a", "//host/b"));
  CHECK(refusal("http://host/a", "http://host.example/a"));
  CHECK(refusal("http://host/a", "//other/a"));
  CHECK(refusal("http://host:9090/a", "http://host:9091/a"));
  CHECK(refusal("http://host/a", "http://host@other/a"));
  CHECK(refusal("http://host/a", "ftp://host/a"));
  CHECK(refusal("http://host/a", "file:///etc/passwd"));
}

TEST_CASE("http may become https, and never the reverse") {
  CHECK_FALSE(refusal("http://host:9090/a", "https://host/a"));
  CHECK_FALSE(refusal("http://host:9090/a", "https://host:9090/a"));
  CHECK(refusal("http://host:9090/a", "https://host:9443/a"));
  CHECK(refusal("https://host/a", "http://host/a"));
}

TEST_CASE("a redirect cannot bring its own credentials") {
  const Url here = *Url::parse("http://host/a");
  CHECK(here.resolve("http://eve:x@host/b#f")->text() == "http://host/b");
}

}  // namespace
}  // namespace downsampled
