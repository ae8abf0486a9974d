#include "query/query_size.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace downsampled {
namespace {

constexpr std::uint64_t kBudget = 1'000'000;
const QueryBounds kBounds{.max_points = 11'000, .reply_bytes = kBudget};

// A source that takes `takes` points, and answers with so many bytes.
struct Server {
  std::int64_t takes;
  std::uint64_t label_bytes = 0;
  std::uint64_t bytes_a_point = 1;

  int requests = 0;
  int refused = 0;
  std::int64_t largest = 0;  // bytes of a reply
  std::vector<std::int64_t> answered = {};

  // False when even one point is refused.
  bool fetch(QuerySize& size, std::int64_t points) {
    requests = refused = 0;
    answered.clear();
    for (std::int64_t done = 0; done < points;) {
      REQUIRE(++requests < 100'000);
      const std::int64_t piece = std::min(size.points(kBounds), points - done);
      REQUIRE(piece > 0);
      if (piece > takes) {
        ++refused;
        size.refused(piece, Refusal::told);
        if (piece == 1) return false;
        continue;
      }
      const std::uint64_t samples = bytes_a_point * static_cast<std::uint64_t>(piece);
      size.answered(piece, {label_bytes, samples});
      largest = std::max(largest, static_cast<std::int64_t>(label_bytes + samples));
      answered.push_back(piece);
      done += piece;
    }
    size.finished(points);
    return true;
  }
};

TEST_CASE("an unknown expression is asked for a little first, then for what fits") {
  QuerySize size;
  Server server{.takes = 11'000, .label_bytes = 100'000, .bytes_a_point = 300};
  server.fetch(size, 10'000);
  CHECK(server.answered == std::vector<std::int64_t>{250, 3000, 3000, 3000, 750});
  server.fetch(size, 6000);
  CHECK(server.answered == std::vector<std::int64_t>{3000, 3000});
  CHECK(server.largest == kBudget);
}

TEST_CASE("label sets that fill the budget alone do not make a request of every point") {
  QuerySize size;
  Server server{.takes = 11'000, .label_bytes = 5'000'000, .bytes_a_point = 100'000};
  server.fetch(size, 1000);
  server.largest = 0;
  REQUIRE(server.fetch(size, 1000));
  CHECK(server.requests == 20);
  CHECK(server.largest == 10'000'000);  // twice the label sets
}

TEST_CASE("a short grid is one request from the start") {
  QuerySize size;
  Server server{.takes = 11'000};
  server.fetch(size, 240);
  CHECK(server.requests == 1);
}

TEST_CASE("no bound is passed, and one point always asked for") {
  QuerySize size;
  CHECK(size.points({.max_points = 7, .reply_bytes = 1}) == 7);
  CHECK(size.points({.max_points = 0, .reply_bytes = 0}) == 1);
  size.answered(10, {0, 0});
  CHECK(size.points(kBounds) == 11'000);
  CHECK(size.points({.max_points = 11'000, .reply_bytes = 0}) == 11'000);
  size.answered(10, {5, 1000});
  CHECK(size.points({.max_points = 11'000, .reply_bytes = 0}) == 1);
  CHECK(size.points({.max_points = 11'000, .reply_bytes = 4}) == 1);
  CHECK(size.points({.max_points = 11'000, .reply_bytes = 104}) == 1);
  CHECK(size.points({.max_points = 11'000, .reply_bytes = 206}) == 2);
}

TEST_CASE("more bytes are believed at once, fewer step by step") {
  QuerySize size;
  size.answered(100, {0, 100'000});
  CHECK(size.points(kBounds) == 1000);
  size.answered(100, {0, 200'000});
  CHECK(size.points(kBounds) == 500);
  size.answered(100, {0, 0});
  CHECK(size.points(kBounds) == 1000);
  size.answered(100, {0, 0});
  CHECK(size.points(kBounds) == 2000);
}

TEST_CASE("what is refused is halved, down to what works, and remembered") {
  QuerySize size;
  Server server{.takes = 100};
  server.fetch(size, 3600);
  CHECK(server.refused == 2);  // 250, 125
  CHECK(size.limited());
  for (int slot = 1; slot < QuerySize::kFirstPatience; ++slot) {
    server.fetch(size, 3600);
    CHECK(server.refused == 0);
    CHECK(server.requests == 59);  // of 62 points
  }
}

TEST_CASE("a size that failed to grow is not tried again at each slot") {
  QuerySize size;
  Server server{.takes = 100};
  int refused = 0;
  for (int slot = 0; slot < 1000; ++slot) {
    server.fetch(size, 3600);
    refused += server.refused;
  }
  CHECK(server.answered.front() == 93);  // 62 and half of it
  CHECK(refused <= 10);
}

TEST_CASE("a size grows back when the source takes more") {
  QuerySize size;
  Server server{.takes = 100};
  server.fetch(size, 3600);
  server.takes = 11'000;
  int slots = 0;
  for (; size.limited(); ++slots) {
    REQUIRE(slots < 1000);
    server.fetch(size, 3600);
    CHECK(server.refused == 0);
  }
  CHECK(slots > 5 * QuerySize::kFirstPatience);
  CHECK(slots < 15 * QuerySize::kFirstPatience);
  server.fetch(size, 3600);
  CHECK(server.requests == 1);
}

TEST_CASE("short fetches do not make the size of long ones grow") {
  QuerySize size;
  Server server{.takes = 100};
  server.fetch(size, 3600);
  const std::int64_t points = size.points(kBounds);
  for (int slot = 0; slot < 1000; ++slot) server.fetch(size, 4);
  CHECK(size.points(kBounds) == points);
}

TEST_CASE("a source that takes less than before is asked for less") {
  QuerySize size;
  Server server{.takes = 11'000};
  server.fetch(size, 3600);
  server.fetch(size, 3600);
  CHECK(server.requests == 1);
  server.takes = 1000;
  server.fetch(size, 3600);
  CHECK(server.refused == 2);  // 3600, 1800
  server.fetch(size, 3600);
  CHECK(server.refused == 0);
}

TEST_CASE("where nothing works one point is asked for, and soon more when it works again") {
  QuerySize size;
  Server server{.takes = 0};
  CHECK_FALSE(server.fetch(size, 240));
  CHECK(server.requests == 8);
  CHECK_FALSE(server.fetch(size, 240));
  CHECK(server.requests == 1);
  server.takes = 11'000;
  CHECK(server.fetch(size, 240));
  CHECK(server.requests == 8);  // 1, 2, 4, ...
  CHECK(server.refused == 0);
  server.fetch(size, 240);
  server.fetch(size, 240);
  CHECK(server.requests == 1);
  CHECK_FALSE(size.limited());
}

TEST_CASE("one reply that breaks off does not keep queries short for long") {
  QuerySize size;
  Server server{.takes = 11'000};
  server.fetch(size, 1000);
  server.fetch(size, 1000);
  size.refused(4, Refusal::broken);
  CHECK(size.points(kBounds) == 2);
  server.fetch(size, 1000);
  CHECK(server.requests == 9);  // 2, 4, 8, ...
  server.fetch(size, 1000);
  server.fetch(size, 1000);
  CHECK(server.requests == 1);
}

TEST_CASE("what worked and breaks off now is tried once more, and not at each slot") {
  QuerySize size;
  size.answered(240, {0, 240});
  size.finished(240);
  int broken = 0;
  for (int slot = 0; slot < 100; ++slot) {
    for (std::int64_t done = 0; done < 240;) {
      const std::int64_t piece = std::min(size.points(kBounds), 240 - done);
      if (piece > 150) {
        ++broken;
        size.refused(piece, Refusal::broken);
        continue;
      }
      size.answered(piece, {0, 240});
      done += piece;
    }
    size.finished(240);
  }
  CHECK(broken >= 2);
  CHECK(broken <= 5);
}

TEST_CASE("some silence teaches nothing about a size that worked") {
  QuerySize size;
  for (int outage = 0; outage < 10; ++outage) {
    size.answered(240, {0, 240});
    for (int silence = 1; silence < QuerySize::kSilences; ++silence)
      size.refused(240, Refusal::silent);
    CHECK_FALSE(size.limited());
    CHECK(size.points(kBounds) == 11'000);
  }
}

TEST_CASE("after much silence less is asked for, and soon more when there are answers again") {
  QuerySize size;
  size.answered(240, {0, 240});
  for (int silence = 0; silence < QuerySize::kSilences; ++silence)
    size.refused(240, Refusal::silent);
  CHECK(size.points(kBounds) == 120);
  Server server{.takes = 11'000};
  server.fetch(size, 240);
  CHECK(server.answered == std::vector<std::int64_t>{120, 120});
  server.fetch(size, 240);
  CHECK(server.requests == 1);
}

TEST_CASE("silence about a size that never worked asks for less the next time") {
  QuerySize size;
  size.answered(240, {0, 240});
  size.refused(11'000, Refusal::silent);
  CHECK(size.points(kBounds) == 5500);
  size.refused(5500, Refusal::silent);
  CHECK(size.points(kBounds) == 2750);
  size.answered(2750, {0, 2750});
  CHECK(size.points(kBounds) == 2750);
  size.refused(2750, Refusal::silent);
  CHECK(size.points(kBounds) == 2750);
  CHECK(size.limited());
}

TEST_CASE("a source that hung from the start is soon asked for all again") {
  QuerySize size;
  for (int attempt = 0; attempt < 20; ++attempt)
    size.refused(size.points(kBounds), Refusal::silent);
  CHECK(size.points(kBounds) == 1);
  Server server{.takes = 11'000};
  server.fetch(size, 240);
  CHECK(server.requests == 8);
}

}  // namespace
}  // namespace downsampled
