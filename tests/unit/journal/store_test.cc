#include "journal/store.h"

#include <doctest/doctest.h>

#include <cmath>

#include "support/same_bits.h"
#include "support/temporary_folder.h"
#include "unit/journal/random_rows.h"
#include "unit/journal/rows.h"

namespace downsampled {
namespace {

using namespace test;

TEST_CASE("a window is found by its rule and its end") {
  Store store(":memory:");
  const RecordedWindow window = window_at(2, {1, -0.0, kNaN});
  add_windows(store, kRule, {window_at(1, {7}), window, window_at(3, {})});
  REQUIRE(store.find_window(kRule, minute(2)));
  CHECK(same_bits(*store.find_window(kRule, minute(2)), window));
  CHECK(store.find_window(kRule, minute(3))->samples.empty());
  CHECK_FALSE(store.find_window(kRule, minute(4)));
  CHECK(store.newest_window(kRule)->window.end == minute(3));
}

TEST_CASE("every part of a rule's key counts, and of its labels which is which") {
  Store store(":memory:");
  add_windows(store, kRule, {window_at(1, {7})});
  std::vector<RuleKey> others(14, kRule);
  others[0].panes.source = "other";
  others[1].panes.expr = "f";
  others[2].panes.coverage = "";
  others[3].panes.step = Duration(5'000);
  others[4].panes.eval_offset = Duration(1);
  others[5].panes.query_offset = Duration(1);
  others[6].record = "s";
  others[7].labels = {{"team", "b"}};
  others[8].labels = {{"team", "a\",x=\""}};
  others[9].window = Duration(30'000);
  others[10].aggregate = Aggregate::max;
  others[11].absent = Absent::zero;
  others[12].aggregate = {Aggregate::quantile, 0.9};
  others[13].aggregate = {Aggregate::quantile, std::nextafter(0.9, 1)};
  for (std::size_t index = 0; index < others.size(); ++index) {
    CAPTURE(index);
    CHECK_FALSE(store.find_window(others[index], minute(1)));
    CHECK_FALSE(store.newest_window(others[index]));
    CHECK(store.window_ends(others[index], minute(0), minute(9)).empty());
    add_windows(store, others[index], {window_at(1, {static_cast<double>(index)})});
  }
  for (std::size_t index = 0; index < others.size(); ++index) {
    CHECK(store.find_window(others[index], minute(1))->samples.at(0).value ==
          static_cast<double>(index));
  }
  CHECK(store.find_window(kRule, minute(1))->samples.at(0).value == 7);
}

TEST_CASE("a window that is there stays as it is, with its number") {
  Store store(":memory:");
  add_windows(store, kRule, {window_at(1, {1}), window_at(2, {2})});
  add_windows(store, kRule, {window_at(1, {100}), window_at(3, {3})});
  CHECK(store.find_window(kRule, minute(1))->samples.at(0).value == 1);
  CHECK(store.counts().windows == 3);
  CHECK(store.database().number("SELECT seq FROM window WHERE end = 60000") == 1);
  CHECK(store.database().number("SELECT count(*) FROM window") == 3);
}

TEST_CASE("a pane is found by its key and its end, bit for bit") {
  Store store(":memory:");
  RandomRows random(3);
  for (int n = 1; n <= 20; ++n) {
    Pane pane = random.pane(random.below(9));
    pane.window = {minute(n - 1), minute(n)};
    add_pane(store, kKey, std::make_shared<const Pane>(pane));
    REQUIRE(store.find_pane(kKey, minute(n)));
    CHECK(same_bits(*store.find_pane(kKey, minute(n)), pane));
  }
  CHECK(store.find_pane(kKey, minute(21)) == nullptr);
  CHECK(store.find_pane(rule_key_of("r", "f").panes, minute(1)) == nullptr);
  CHECK(store.counts().panes == 20);
}

TEST_CASE("a pane with more fields takes the place of one with fewer") {
  Store store(":memory:");
  add_pane(store, kKey, pane_at(1, {1, 2}));
  CHECK(store.find_pane(kKey, minute(1))->fields == Fields{});
  add_pane(store, kKey, pane_at(1, {1, 2}, {.squares = true}));
  CHECK(store.find_pane(kKey, minute(1))->fields == Fields{.squares = true});
  CHECK(store.counts().panes == 1);
}

TEST_CASE("a pane keeps the fields that another group has added, where its samples are the same") {
  Store store(":memory:");
  const std::vector<Fields> both{{.sum = true}, {.extremes = true, .sketch = true}};
  for (const Fields fields : both) add_pane(store, kKey, pane_at(1, {1, 2}, fields));
  const Fields all = both[0].united(both[1]);
  CHECK(same_bits(*store.find_pane(kKey, minute(1)), *pane_at(1, {1, 2}, all)));
  CHECK(store.pane_ends(kKey, minute(1), minute(1), all).size() == 1);
  add_pane(store, kKey, pane_at(1, {1}, {.sum = true}));  // not the same series any more
  CHECK(same_bits(*store.find_pane(kKey, minute(1)), *pane_at(1, {1}, {.sum = true})));
  CHECK(store.counts().panes == 1);
}

TEST_CASE("an addition is there as a whole or not at all") {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "journal.db";
  Store store(file);
  store.database().script(
      "CREATE TRIGGER refused BEFORE INSERT ON window WHEN NEW.end = 120000 "
      "BEGIN SELECT raise(ABORT, 'no'); END");
  const RecordedWindow first = window_at(1, {1});
  const RecordedWindow second = window_at(2, {2});
  const Entries entries{.panes = {{kKey, pane_at(1, {1})}},
                        .windows = {{kRule, "f;g", &first}, {kRule, "f;g", &second}}};
  CHECK(reason_of([&] { store.add(entries); }));
  CHECK_FALSE(store.find_window(kRule, minute(1)));
  CHECK(store.find_pane(kKey, minute(1)) == nullptr);
  CHECK(store.counts().windows == 0);
  CHECK(store.counts().panes == 0);
  store.database().script("DROP TRIGGER refused");
  store.add(entries);
  CHECK(Store(file).counts().windows == 2);
}

TEST_CASE("the ends of windows are those of a range, both limits included, rising") {
  Store store(":memory:");
  for (const int n : {5, 1, 4, 2}) add_windows(store, kRule, {window_at(n, {1})});
  CHECK(store.window_ends(kRule, minute(0), minute(9)) ==
        std::vector{minute(1), minute(2), minute(4), minute(5)});
  CHECK(store.window_ends(kRule, minute(2), minute(4)) == std::vector{minute(2), minute(4)});
  CHECK(store.window_ends(kRule, minute(3), minute(3)).empty());
}

TEST_CASE("settled follows windows without a gap, and is otherwise what settle() says") {
  Store store(":memory:");
  CHECK_FALSE(store.settled(kRule));
  add_windows(store, kRule, {window_at(1, {1})});
  CHECK_FALSE(store.settled(kRule));  // nobody said where it begins
  store.settle({{kRule, "f;g", minute(1)}});
  add_windows(store, kRule, {window_at(2, {1}), window_at(3, {1})});
  CHECK(store.settled(kRule) == minute(3));
  add_windows(store, kRule, {window_at(5, {1})});
  CHECK(store.settled(kRule) == minute(3));
  store.settle({{kRule, "f;g", minute(4)}});
  CHECK(store.settled(kRule) == minute(4));
  store.settle({{kRule, "f;g", minute(2)}});
  CHECK(store.settled(kRule) == minute(2));
  CHECK_FALSE(store.settled(rule_key_of("s")));
}

TEST_CASE("a rule has the newest name of its group") {
  Store store(":memory:");
  add_windows(store, kRule, {window_at(1, {1})}, "old;g");
  add_windows(store, kRule, {window_at(2, {1})}, "new;g");
  Query names = store.database().query("SELECT rule_group FROM rule");
  REQUIRE(names.next());
  CHECK(names.bytes(0) == "new;g");
  CHECK_FALSE(names.next());
}

TEST_CASE("windows and panes of the same series share one list of label sets") {
  Store store(":memory:");
  const auto lists = [&] { return store.database().number("SELECT count(*) FROM series_list"); };
  add_windows(store, kRule, {window_at(1, {1, 2}), window_at(2, {3, 4})});
  add_windows(store, rule_key_of("s"), {window_at(1, {5, 6})});
  CHECK(lists() == 1);
  add_windows(store, kRule, {window_at(3, {1, 2}, "other-")});
  CHECK(lists() == 2);
}

TEST_CASE("a row whose numbers are another time's is damaged") {
  Store store(":memory:");
  add_windows(store, kRule, {window_at(1, {1})});
  add_pane(store, kKey, pane_at(1, {1}));
  store.database().script("UPDATE window SET end = 120000; UPDATE pane SET end = 120000");
  CHECK(reason_of([&] { store.find_window(kRule, minute(2)); }) == Reason::damaged);
  CHECK(reason_of([&] { store.newest_window(kRule); }) == Reason::damaged);
  CHECK(reason_of([&] { store.find_pane(kKey, minute(2)); }) == Reason::damaged);
}

TEST_CASE("a row that has come to another rule or key is damaged, though all of it is whole") {
  Store store(":memory:");
  const RuleKey other = rule_key_of("s", "f");
  add_windows(store, kRule, {window_at(1, {1})});
  add_windows(store, other, {window_at(2, {1})});
  add_pane(store, kKey, pane_at(1, {1}));
  add_pane(store, other.panes, pane_at(2, {1}));
  store.database().script(
      "UPDATE window SET rule = 3 - rule; UPDATE pane SET pane_key = 3 - pane_key");
  CHECK(reason_of([&] { store.find_window(other, minute(1)); }) == Reason::damaged);
  CHECK(reason_of([&] { store.newest_window(kRule); }) == Reason::damaged);
  CHECK(reason_of([&] { store.find_pane(other.panes, minute(1)); }) == Reason::damaged);
}

TEST_CASE("a window whose label sets are another one's is damaged") {
  Store store(":memory:");
  add_windows(store, kRule, {window_at(1, {1}), window_at(2, {1, 2})});
  store.database().script("UPDATE window SET series_list = 3 - series_list");
  CHECK(reason_of([&] { store.find_window(kRule, minute(1)); }) == Reason::damaged);
}

}  // namespace
}  // namespace downsampled
