#include "app/probe.h"

#include <doctest/doctest.h>

#include <utility>

#include "base/error.h"

namespace downsampled {
namespace {

TEST_CASE("the daemon is asked where it listens, at this machine where it listens everywhere") {
  const std::pair<ListenAddress, std::string> cases[] = {
      {{"", 8000}, "http://127.0.0.1:8000/-/ready"},
      {{"0.0.0.0", 80}, "http://127.0.0.1:80/-/ready"},
      {{"::", 8000}, "http://[::1]:8000/-/ready"},
      {{"127.0.0.2", 9}, "http://127.0.0.2:9/-/ready"},
      {{"2001:db8::1", 9}, "http://[2001:db8::1]:9/-/ready"},
      {{"fe80::1%eth0", 9}, "http://[fe80::1%25eth0]:9/-/ready"},
      {{"host.example", 65535}, "http://host.example:65535/-/ready"}};
  for (const auto& [address, url] : cases) CHECK(own_ready_url(address) == url);
}

TEST_CASE("a port that only the daemon knows must be given") {
  CHECK_THROWS_AS(own_ready_url({"127.0.0.1", 0}), Error);
}

}  // namespace
}  // namespace downsampled
