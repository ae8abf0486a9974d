#include "journal/pane_store.h"

#include <doctest/doctest.h>

#include "support/series.h"

namespace downsampled {
namespace {

using test::at;

std::shared_ptr<const Pane> pane(std::int64_t end, Fields fields = {}) {
  return std::make_shared<const Pane>(
      Pane{.window = {at(end - 10), at(end)}, .fields = fields, .coverage = {}, .series = {}});
}

const PaneKey kKey{.source = "default", .expr = "e"};

TEST_CASE("a pane is found by its key and its end") {
  PaneStore store;
  const auto known = pane(20);
  store.put(kKey, known);
  CHECK(store.find(kKey, at(20), {}) == known);
  CHECK(store.find(kKey, at(30), {}) == nullptr);
  CHECK(store.find({.source = "default", .expr = "f"}, at(20), {}) == nullptr);
}

TEST_CASE("a pane without the field that is needed is missing, until one with it takes its place") {
  PaneStore store;
  store.put(kKey, pane(20));
  CHECK(store.find(kKey, at(20), {.squares = true}) == nullptr);
  const auto full = pane(20, {.squares = true});
  store.put(kKey, full);
  CHECK(store.find(kKey, at(20), {.squares = true}) == full);
  CHECK(store.find(kKey, at(20), {}) == full);
}

TEST_CASE("what ends at a time or before is dropped, of one key") {
  PaneStore store;
  const PaneKey other{.source = "default", .expr = "f"};
  for (const std::int64_t end : {10, 20, 30}) {
    store.put(kKey, pane(end));
    store.put(other, pane(end));
  }
  store.drop_until(kKey, at(20));
  CHECK(store.find(kKey, at(10), {}) == nullptr);
  CHECK(store.find(kKey, at(20), {}) == nullptr);
  CHECK(store.find(kKey, at(30), {}) != nullptr);
  CHECK(store.find(other, at(10), {}) != nullptr);
}

}  // namespace
}  // namespace downsampled
