#include "query/backoff.h"

#include <doctest/doctest.h>

namespace downsampled {
namespace {

using std::chrono::seconds;

TEST_CASE("the wait is anything up to a bound that doubles, and then stays") {
  const double nearly_one = 0.9999999;
  Duration before{0};
  for (int attempt = 0; attempt < 6; ++attempt) {
    CHECK(backoff(attempt, 0.0) == Duration::zero());
    CHECK(backoff(attempt, 0.5) == Duration(500) * (1 << attempt));
    CHECK(backoff(attempt, nearly_one) > before);
    before = backoff(attempt, nearly_one);
  }
  for (const int attempt : {6, 7, 100, 2147483647}) {
    CHECK(backoff(attempt, 0.5) == kLongestBackoff / 2);
  }
  CHECK(backoff(-1, 0.5) == backoff(0, 0.5));
}

TEST_CASE("what the server asked for is waited in full") {
  CHECK(backoff(0, 0.0, seconds(30)) == seconds(30));
  CHECK(backoff(0, 0.5, seconds(30)) == seconds(30) + Duration(500));
  CHECK(backoff(9, 0.5, seconds(120)) == seconds(150));
}

}  // namespace
}  // namespace downsampled
