#include "journal/schema.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "support/temporary_folder.h"
#include "unit/journal/rows.h"

namespace downsampled {
namespace {

using namespace test;

// The tables of a journal, as they may be one day.
constexpr const char* kFirst =
    "CREATE TABLE journal(version INTEGER NOT NULL); INSERT INTO journal VALUES (0); "
    "CREATE TABLE said(n)";
constexpr const char* kSecond = "INSERT INTO said VALUES (2)";
constexpr const char* kThird = "INSERT INTO said VALUES (3)";
constexpr const char* kBroken = "INSERT INTO said VALUES (4); INSERT INTO no_table VALUES (4)";

std::string said(Database& database) {
  std::string all;
  Query rows = database.query("SELECT n FROM said ORDER BY rowid");
  while (rows.next()) all += std::to_string(rows.integer(0));
  return all;
}

std::string contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("a new file gets every step, in their order and once") {
  Database database(":memory:");
  const char* const two[] = {kFirst, kSecond};
  const char* const three[] = {kFirst, kSecond, kThird};
  migrate(database, two);
  CHECK(said(database) == "2");
  CHECK(database.number("PRAGMA user_version") == 2);
  migrate(database, two);
  CHECK(said(database) == "2");
  migrate(database, three);
  migrate(database, three);
  CHECK(said(database) == "23");
  CHECK(database.number("PRAGMA user_version") == 3);
}

TEST_CASE("a step that fails leaves the version before it, and nothing of its own") {
  Database database(":memory:");
  const char* const broken[] = {kFirst, kSecond, kBroken, kThird};
  CHECK(reason_of([&] { migrate(database, broken); }) == Reason::io);
  CHECK(said(database) == "2");
  CHECK(database.number("PRAGMA user_version") == 2);
  CHECK(database.number("SELECT version FROM journal") == 2);
  const char* const mended[] = {kFirst, kSecond, kThird};
  migrate(database, mended);
  CHECK(said(database) == "23");
}

TEST_CASE("a file of a newer version is refused with a way out, and left as it is") {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "journal.db";
  {
    Database newer(file);
    newer.script("PRAGMA auto_vacuum = incremental; PRAGMA journal_mode = wal");
    const char* const three[] = {kFirst, kSecond, kThird};
    migrate(newer, three);
  }
  const std::string before = contents(file);
  try {
    const Store older(file, {.check = true});
    FAIL("it was opened");
  } catch (const Error& error) {
    CHECK(error.reason() == Reason::config);
    CHECK(error.message() ==
          file +
              ": was written by a newer downsampled (schema version 3, this one knows 2); run "
              "that, or give another --storage.path (STORAGE_PATH)");
  }
  CHECK(contents(file) == before);
}

TEST_CASE("what is no journal is damaged: a file of another program, one of text") {
  const TemporaryFolder folder;
  const std::string foreign = folder.path() / "foreign";
  Database(foreign).script("CREATE TABLE journal(version); PRAGMA user_version = 1");
  CHECK(reason_of([&] { Store{foreign}; }) == Reason::damaged);
  CHECK(reason_of([&] { Store(folder.write("text", std::string(9000, 'x'))); }) == Reason::damaged);
}

TEST_CASE("a journal that is opened and not written to stays as it is") {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "journal.db";
  { Store made(file, {.check = true}); }
  const std::string before = contents(file);
  { Store opened(file, {.check = true}); }
  CHECK(contents(file) == before);
}

TEST_CASE("a flipped bit in the version is damage, not a newer version") {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "journal.db";
  Store(file).database().script("PRAGMA user_version = 3");
  CHECK(reason_of([&] { Store{file}; }) == Reason::damaged);
}

TEST_CASE("an empty file is a new journal") {
  const TemporaryFolder folder;
  Store store(folder.write("journal.db", ""), {.check = true});
  CHECK(store.database().number("PRAGMA user_version") == 2);
  CHECK(store.database().number("PRAGMA application_id") == 0x64736a31);
  CHECK(store.database().number("PRAGMA auto_vacuum") == 2);  // incremental
}

TEST_CASE("a journal of version 1 keeps its windows, and its panes are asked for again") {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "journal.db";
  const RuleKey rule = rule_key_of("r");
  {
    Store store(file);
    add_windows(store, rule, {window_at(1, {1, 2})});
    add_pane(store, rule.panes, pane_at(1, {1, 2}));
    store.settle({{rule, "f;g", minute(1)}});
    store.database().script(
        "DROP INDEX pane_fields; ALTER TABLE pane DROP COLUMN fields; "
        "UPDATE journal SET version = 1; PRAGMA user_version = 1");
  }
  Store store(file, {.check = true});
  CHECK(store.find_pane(rule.panes, minute(1)) == nullptr);
  CHECK(store.counts().panes == 0);
  CHECK(store.find_window(rule, minute(1)));
  CHECK(store.settled(rule) == minute(1));
}

TEST_CASE("several that open the same new file at once share it") {
  for (int round = 0; round < 10; ++round) {
    const TemporaryFolder folder;
    const std::string file = folder.path() / "journal.db";
    constexpr int kThreads = 4;
    std::latch all(kThreads);
    std::vector<std::optional<Reason>> failures(kThreads);
    {
      std::vector<std::jthread> threads;
      for (int n = 0; n < kThreads; ++n) {
        threads.emplace_back([&, n] {
          all.arrive_and_wait();
          failures[static_cast<std::size_t>(n)] = reason_of([&] {
            Store store(file, {.check = true});
            add_windows(store, rule_key_of("r"), {window_at(n + 1, {1})});
          });
        });
      }
    }
    for (const auto& failure : failures) REQUIRE_FALSE(failure);
    CHECK(Store(file, {.check = true}).counts().windows == kThreads);
  }
}

TEST_CASE("several that bring the same file up to date at once do every step once") {
  const char* const steps[] = {kFirst, kSecond, kThird, kSecond, kThird, kSecond, kThird};
  for (int round = 0; round < 10; ++round) {
    const TemporaryFolder folder;
    const std::string file = folder.path() / "journal.db";
    Database(file).script("PRAGMA journal_mode = wal");
    constexpr int kThreads = 4;
    std::latch all(kThreads);
    std::vector<std::optional<Reason>> failures(kThreads);
    {
      std::vector<std::jthread> threads;
      for (std::size_t n = 0; n < kThreads; ++n) {
        threads.emplace_back([&, n] {
          Database database(file);
          database.wait_for_others(std::chrono::seconds(10));
          all.arrive_and_wait();
          failures[n] = reason_of([&] { migrate(database, steps); });
        });
      }
    }
    for (const auto& failure : failures) REQUIRE_FALSE(failure);
    Database database(file);
    CHECK(said(database) == "232323");
  }
}

TEST_CASE("a file whose pages are torn is found when its structure is checked") {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "journal.db";
  {
    Store store(file);
    for (int n = 1; n < 200; ++n) add_windows(store, rule_key_of("r"), {window_at(n, {1, 2, 3})});
  }
  REQUIRE_FALSE(reason_of([&] { Store(file, {.check = true}); }));
  std::string bytes = contents(file);
  REQUIRE(bytes.size() > 8 * 4096);
  for (std::size_t page = 4; page < 8; ++page) bytes.replace(page * 4096, 4096, 4096, 'x');
  folder.write("journal.db", bytes);
  CHECK(reason_of([&] { Store(file, {.check = true}); }) == Reason::damaged);
}

TEST_CASE("a rule whose name was damaged is found without reading every window") {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "journal.db";
  {
    Store store(file);
    add_windows(store, rule_key_of("recorded_name"), {window_at(1, {1, 2, 3})});
  }
  REQUIRE_FALSE(reason_of([&] { const Store whole(file); }));
  std::string bytes = contents(file);
  bytes.replace(bytes.find("recorded_name"), 8, "RECORDED");
  folder.write("journal.db", bytes);
  CHECK(reason_of([&] { const Store damaged(file); }) == Reason::damaged);
}

}  // namespace
}  // namespace downsampled
