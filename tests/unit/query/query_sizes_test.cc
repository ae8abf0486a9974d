#include "query/query_sizes.h"

#include <doctest/doctest.h>

namespace downsampled {
namespace {

using namespace std::chrono_literals;

TEST_CASE("what was learned is of an expression at a step") {
  QuerySizes sizes({.max_points = 1000});
  sizes.of("a", 15s).lock()->refused(1000, Refusal::told);
  CHECK(sizes.of("a", 15s).lock()->limited());
  CHECK_FALSE(sizes.of("a", 60s).lock()->limited());
  CHECK_FALSE(sizes.of("b", 15s).lock()->limited());
  CHECK(&sizes.of("a", 15s) == &sizes.of("a", 15s));
}

TEST_CASE("the limited ones are counted") {
  QuerySizes sizes({});
  CHECK(sizes.limited() == 0);
  sizes.of("a", 15s).lock()->refused(1000, Refusal::told);
  sizes.of("b", 15s).lock()->refused(1000, Refusal::told);
  sizes.of("c", 15s).lock()->answered(1000, {});
  CHECK(sizes.limited() == 2);
  sizes.of("a", 15s).lock()->finished(100);
  CHECK(sizes.limited() == 2);
  sizes.of("b", 15s).lock()->refused(1, Refusal::told);
  sizes.of("b", 15s).lock()->answered(500, {});
  sizes.of("b", 15s).lock()->finished(1000);
  CHECK(sizes.limited() == 1);
}

}  // namespace
}  // namespace downsampled
