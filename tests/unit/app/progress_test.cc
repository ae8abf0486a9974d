#include "app/progress.h"

#include <doctest/doctest.h>

#include "support/manual_clock.h"

namespace downsampled {
namespace {

using namespace std::chrono_literals;

TEST_CASE("progress says how much is done, how fast, and how long the rest takes") {
  test::ManualClock clock{Timestamp(1000s)};
  const Progress progress(720, "windows", clock);
  CHECK(progress.text(0) == "0 of 720 windows, 0.0/s");
  clock.advance(10s);
  CHECK(progress.text(0) == "0 of 720 windows, 0.0/s");
  CHECK(progress.text(1) == "1 of 720 windows, 0.1/s, 1h59m50s left");
  CHECK(progress.text(450) == "450 of 720 windows, 45/s, 6s left");
  CHECK(progress.text(720) == "720 of 720 windows, 72/s");
}

TEST_CASE("the bar is empty at first and full at last only") {
  CHECK(progress_bar(0, 7, 10) == "[----------]");
  CHECK(progress_bar(1, 1000, 10) == "[----------]");
  CHECK(progress_bar(500, 1000, 10) == "[#####-----]");
  CHECK(progress_bar(999, 1000, 10) == "[#########-]");
  CHECK(progress_bar(1000, 1000, 10) == "[##########]");
}

}  // namespace
}  // namespace downsampled
