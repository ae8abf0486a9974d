#include "config/step.h"

#include <doctest/doctest.h>

using namespace downsampled;
using namespace std::chrono_literals;

TEST_CASE("the computed step is the largest whole number of seconds, at most 15, that fits all") {
  CHECK(computed_step({1h}) == 15s);
  CHECK(computed_step({1h, 50s}) == 10s);
  CHECK(computed_step({1min, 1h, 24h}) == 15s);
  CHECK(computed_step({20s}) == 10s);
  CHECK(computed_step({7s}) == 7s);
  CHECK(computed_step({17s}) == 1s);
  CHECK(computed_step({1h, 1001s}) == 1s);
  CHECK(computed_step({15s}) == 15s);
  CHECK(computed_step({16s}) == 8s);
}

TEST_CASE("below a second the common divisor is the step") {
  CHECK(computed_step({500ms}) == 500ms);
  CHECK(computed_step({1s, 300ms}) == 100ms);
  CHECK(computed_step({1ms}) == 1ms);
}

TEST_CASE("where no whole number of seconds fits, milliseconds do") {
  CHECK(computed_step({1500ms}) == 1500ms);
  CHECK(computed_step({61500ms}) == 12300ms);
  CHECK(computed_step({1h, 1500ms}) == 1500ms);
}
