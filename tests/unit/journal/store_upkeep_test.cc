#include <doctest/doctest.h>

#include <filesystem>

#include "journal/store.h"
#include "support/same_bits.h"
#include "support/temporary_folder.h"
#include "unit/journal/no_temporary_files.h"
#include "unit/journal/rows.h"

namespace downsampled {
namespace {

using namespace test;

void prune(Store& store, Timestamp before) {
  for (int part = 0; part < 1000; ++part) {
    if (!store.prune([&](const PaneKey&) { return before; }, before)) return;
  }
  FAIL("pruning does not end");
}

std::int64_t rows(Store& store, const char* count) {
  return store.database().number(count).value_or(-1);
}

// Kept by the database as they are, so not put together.
constexpr const char* kWindows = "SELECT count(*) FROM window";
constexpr const char* kRules = "SELECT count(*) FROM rule";
constexpr const char* kPaneKeys = "SELECT count(*) FROM pane_key";
constexpr const char* kSeriesLists = "SELECT count(*) FROM series_list";

TEST_CASE("what ended before a time is deleted, what ended then stays") {
  Store store(":memory:");
  for (int n = 1; n <= 4; ++n) {
    add_windows(store, kRule, {window_at(n, {1})});
    add_pane(store, kKey, pane_at(n, {1}));
  }
  prune(store, minute(3));
  CHECK(store.window_ends(kRule, minute(0), minute(9)) == std::vector{minute(3), minute(4)});
  CHECK(store.find_pane(kKey, minute(2)) == nullptr);
  CHECK(store.find_pane(kKey, minute(3)) != nullptr);
  CHECK(store.counts().windows == 2);
  CHECK(store.counts().panes == 2);
  CHECK(store.counts().oldest_window == minute(3));
  prune(store, minute(9));
  CHECK_FALSE(store.counts().oldest_window);
}

TEST_CASE("panes may go before windows do") {
  Store store(":memory:");
  for (int n = 1; n <= 4; ++n) {
    add_windows(store, kRule, {window_at(n, {1})});
    add_pane(store, kKey, pane_at(n, {1}));
  }
  while (store.prune([](const PaneKey&) { return minute(4); }, minute(2))) continue;
  CHECK(store.counts().panes == 1);
  CHECK(store.counts().windows == 3);
}

TEST_CASE("a list of label sets goes with the last window or pane that uses it") {
  Store store(":memory:");
  add_windows(store, kRule, {window_at(1, {1}, "old-"), window_at(2, {1}, "both-")});
  add_windows(store, kRule, {window_at(3, {1}, "both-")});
  add_pane(store, kKey, pane_at(1, {1, 2}));
  CHECK(rows(store, kSeriesLists) == 3);
  prune(store, minute(2));
  CHECK(rows(store, kSeriesLists) == 1);
  CHECK(store.find_window(kRule, minute(2))->samples.at(0).labels == LabelSet{{"pod", "both-0"}});
  prune(store, minute(4));
  CHECK(rows(store, kSeriesLists) == 0);
}

TEST_CASE("rules and pane keys without anything go, but not one that is evaluated still") {
  Store store(":memory:");
  const RuleKey gone = rule_key_of("gone", "f");
  const RuleKey never = rule_key_of("never", "g");
  add_windows(store, gone, {window_at(1, {1})});
  add_windows(store, never, {window_at(1, {1})});
  store.settle({{kRule, "f;g", minute(9)}, {gone, "f;g", minute(1)}});
  CHECK(rows(store, kRules) == 3);
  prune(store, minute(5));
  CHECK(rows(store, kRules) == 1);
  CHECK(rows(store, kPaneKeys) == 1);
  CHECK(store.settled(kRule) == minute(9));
  prune(store, minute(10));
  CHECK(rows(store, kRules) == 0);
  CHECK(rows(store, kPaneKeys) == 0);
}

TEST_CASE("many are deleted in parts, and the file gets smaller") {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "journal.db";
  constexpr int kMany = 1200;
  std::uintmax_t full = 0;
  {
    Store store(file);
    std::vector<RecordedWindow> windows;
    for (int n = 1; n <= kMany; ++n) {
      windows.push_back(window_at(n, std::vector<double>(20, 1.0 / n), std::to_string(n) + "-"));
    }
    add_windows(store, kRule, windows);
    full = store.size();
    CHECK(store.prune([](const PaneKey&) { return minute(kMany); }, minute(kMany)));  // more
    CHECK(store.counts().oldest_window > minute(1));
    prune(store, minute(kMany));
    CHECK(store.counts().windows == 1);
    CHECK(store.size() < full / 4);
    CHECK(store.find_window(kRule, minute(kMany)));
  }
  CHECK(std::filesystem::file_size(file) < full / 4);
}

/// Lists of label sets of some kilobytes each, which nothing uses.
void add_unused_lists(Store& store, int count) {
  store.database().run(
      "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?) "
      "INSERT INTO series_list(hash, payload) SELECT randomblob(16), randomblob(20000) FROM n",
      std::int64_t{count});
}

TEST_CASE("lists that nothing uses are deleted in parts as well") {
  Store store(":memory:");
  add_windows(store, kRule, {window_at(1, {1})});
  constexpr int kMany = 250;
  add_unused_lists(store, kMany);
  const auto part = [&] {
    return store.prune([](const PaneKey&) { return minute(0); }, minute(0));
  };
  for (const int left : {150, 50}) {
    CHECK(part());
    CHECK(rows(store, kSeriesLists) == 1 + left);
  }
  prune(store, minute(0));
  CHECK(rows(store, kSeriesLists) == 1);
  CHECK(store.find_window(kRule, minute(1)));
}

TEST_CASE("where there is no place for temporary files, large lists are deleted and copied too") {
  const NoTemporaryFiles none;
  const TemporaryFolder folder;
  Store disk(folder.path() / "journal.db");
  add_unused_lists(disk, 250);
  prune(disk, minute(9));
  CHECK(rows(disk, kSeriesLists) == 0);
  Store memory(":memory:");
  add_windows(memory, kRule, {window_at(1, std::vector<double>(9000, 1))});
  memory.copy_to(folder.path() / "journal.db");
  CHECK(disk.find_window(kRule, minute(1))->samples.size() == 9000);
}

TEST_CASE("what is deleted is not written over, which costs as much again") {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "journal.db";
  Store store(file);
  CHECK(store.database().number("PRAGMA secure_delete") == 0);
  CHECK(store.database().number("PRAGMA temp_store") == 2);  // memory
  add_unused_lists(store, 90);
  store.database().script("PRAGMA wal_checkpoint(TRUNCATE)");
  CHECK_FALSE(store.prune([](const PaneKey&) { return minute(0); }, minute(0)));
  CHECK(std::filesystem::file_size(file + "-wal") < 90 * 20000);
}

TEST_CASE("panes of one key can be dropped alone") {
  Store store(":memory:");
  const PaneKey other = rule_key_of("r", "f").panes;
  for (int n = 1; n <= 3; ++n) {
    add_pane(store, kKey, pane_at(n, {1}));
    add_pane(store, other, pane_at(n, {1}));
  }
  store.drop_panes(kKey, minute(3));
  CHECK(store.find_pane(kKey, minute(2)) == nullptr);
  CHECK(store.find_pane(kKey, minute(3)) != nullptr);
  CHECK(store.find_pane(other, minute(1)) != nullptr);
  CHECK(store.counts().panes == 4);
}

/// A store in memory and one on disk that get each other's rows.
struct Two {
  void copy() { memory.copy_to(file); }

  const TemporaryFolder folder;
  const std::string file = folder.path() / "journal.db";
  Store disk{file};
  Store memory{":memory:"};
};

TEST_CASE("what is copied arrives whole, whatever numbers the rows have there") {
  Two two;
  const RuleKey other = rule_key_of("other", "f");
  add_windows(two.disk, other, {window_at(1, {9, 9, 9}, "x-")});
  const RecordedWindow window = window_at(2, {1, 2});
  add_windows(two.memory, kRule, {window});
  add_pane(two.memory, kKey, pane_at(2, {3, 4}));
  two.copy();
  CHECK(same_bits(*two.disk.find_window(kRule, minute(2)), window));
  CHECK(same_bits(*two.disk.find_pane(kKey, minute(2)), *pane_at(2, {3, 4})));
  CHECK(two.disk.find_window(other, minute(1))->samples.size() == 3);
  CHECK(two.memory.find_window(kRule, minute(2)));
  two.copy();  // nothing is there twice
  CHECK(rows(two.disk, kWindows) == 2);
  CHECK(rows(two.disk, kRules) == 2);
  CHECK(rows(two.disk, kSeriesLists) == 2);
}

TEST_CASE("a window that both have stays as the disk has it") {
  Two two;
  add_windows(two.disk, kRule, {window_at(1, {1})});
  add_windows(two.memory, kRule, {window_at(1, {100}), window_at(2, {2})});
  two.copy();
  CHECK(two.disk.find_window(kRule, minute(1))->samples.at(0).value == 1);
  CHECK(two.disk.window_ends(kRule, minute(0), minute(9)) == std::vector{minute(1), minute(2)});
}

TEST_CASE("of a pane that both have, the one with more fields is kept") {
  Two two;
  add_pane(two.disk, kKey, pane_at(1, {1}));
  add_pane(two.memory, kKey, pane_at(1, {1}, {.squares = true}));
  add_pane(two.disk, kKey, pane_at(2, {1}, {.squares = true}));
  two.copy();
  CHECK(two.disk.find_pane(kKey, minute(1))->fields.squares);
  CHECK(two.disk.find_pane(kKey, minute(2))->fields.squares);
}

TEST_CASE("of two times until which all is settled, the later one stands") {
  const std::vector<std::optional<int>> cases = {std::nullopt, 3, 5};
  for (const auto& on_disk : cases) {
    for (const auto& in_memory : cases) {
      Two two;
      add_windows(two.disk, kRule, {window_at(1, {1})});
      add_windows(two.memory, kRule, {window_at(2, {1})}, "new;g");
      if (on_disk) two.disk.settle({{kRule, "f;g", minute(*on_disk)}});
      if (in_memory) two.memory.settle({{kRule, "new;g", minute(*in_memory)}});
      two.copy();
      const auto expected = std::max(on_disk, in_memory);
      CHECK(two.disk.settled(kRule) ==
            (expected ? std::optional(minute(*expected)) : std::nullopt));
    }
  }
}

TEST_CASE("a copy that fails leaves nothing behind, and can be made again") {
  Two two;
  add_windows(two.memory, kRule, {window_at(1, {1}), window_at(2, {1})});
  two.disk.database().script(
      "CREATE TRIGGER refused BEFORE INSERT ON window WHEN NEW.end = 120000 "
      "BEGIN SELECT raise(ABORT, 'no'); END");
  for (int round = 0; round < 2; ++round) {
    CHECK(reason_of([&] { two.copy(); }));
    CHECK(rows(two.disk, kWindows) == 0);
    CHECK(rows(two.disk, kRules) == 0);
  }
  two.disk.database().script("DROP TRIGGER refused");
  two.copy();
  CHECK(rows(two.disk, kWindows) == 2);
}

}  // namespace
}  // namespace downsampled
