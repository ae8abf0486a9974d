#include "model/window.h"

#include <doctest/doctest.h>

#include <chrono>

#include "support/series.h"

namespace downsampled {
namespace {

using test::at;
using namespace std::chrono_literals;

TEST_CASE("a grid is the multiples of the step in a left-open window") {
  const Grid grid = grid_of({at(60'000), at(120'000)}, 15s);
  CHECK(grid.first == at(75'000));
  CHECK(grid.last() == at(120'000));
  CHECK(grid.count == 4);
}

TEST_CASE("a step that does not divide the window gives the multiples that fall inside") {
  const Grid grid = grid_of({at(0), at(60'000)}, 7s);
  CHECK(grid.first == at(7'000));
  CHECK(grid.last() == at(56'000));
  CHECK(grid.count == 8);
}

TEST_CASE("every window and step counts the points one by one") {
  for (std::int64_t start = -50; start < 50; start += 3) {
    for (std::int64_t width = 1; width < 60; width += 7) {
      for (std::int64_t step = 1; step < 20; ++step) {
        std::int64_t count = 0;
        for (std::int64_t time = start + 1; time <= start + width; ++time)
          count += time % step == 0;
        const Grid grid = grid_of({at(start), at(start + width)}, Duration(step));
        REQUIRE(grid.count == count);
        if (count > 0) REQUIRE(grid.first > at(start));
        if (count > 0) REQUIRE(grid.last() <= at(start + width));
      }
    }
  }
}

TEST_CASE("alignment goes down, also before 1970 and with an offset") {
  CHECK(align_down(at(119), 60ms) == at(60));
  CHECK(align_down(at(120), 60ms) == at(120));
  CHECK(align_down(at(-1), 60ms) == at(-60));
  CHECK(align_down(at(119), 60ms, 10ms) == at(70));
  CHECK(align_down(at(69), 60ms, 10ms) == at(10));
}

}  // namespace
}  // namespace downsampled
