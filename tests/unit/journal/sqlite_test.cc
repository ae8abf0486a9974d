#include "journal/sqlite.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "support/temporary_folder.h"
#include "unit/journal/nobody.h"
#include "unit/journal/rows.h"

namespace downsampled {
namespace {

using namespace test;

struct Memory {
  Memory() { database.script("CREATE TABLE t(a, b)"); }
  Database database{":memory:"};
};

TEST_CASE("text, bytes and numbers come back as they were given, empty ones as empty ones") {
  Memory memory;
  const std::string bytes("\0\xff'x\0", 5);
  memory.database.run("INSERT INTO t VALUES (?, ?)", std::string_view(bytes), Blob{bytes});
  memory.database.run("INSERT INTO t VALUES (?, ?)", std::string_view(), Blob{});
  memory.database.run("INSERT INTO t VALUES (?, ?)", at(-5), Duration(7));
  Query rows = memory.database.query("SELECT a, b FROM t ORDER BY rowid");
  REQUIRE(rows.next());
  CHECK(rows.bytes(0) == bytes);
  CHECK(rows.bytes(1) == bytes);
  REQUIRE(rows.next());
  CHECK(rows.bytes(0).empty());
  CHECK_FALSE(rows.null(0));
  CHECK_FALSE(rows.null(1));
  REQUIRE(rows.next());
  CHECK(rows.time(0) == at(-5));
  CHECK(rows.duration(1) == Duration(7));
  CHECK_FALSE(rows.next());
}

TEST_CASE("a query that was left in the middle begins at its first row the next time") {
  Memory memory;
  memory.database.script("INSERT INTO t VALUES (1, 0), (2, 0)");
  for (int round = 0; round < 2; ++round) {
    CHECK(memory.database.number("SELECT a FROM t ORDER BY a") == 1);
  }
  CHECK(memory.database.number("SELECT a FROM t WHERE a > ?", std::int64_t{1}) == 2);
  CHECK_FALSE(memory.database.number("SELECT a FROM t WHERE a > ?", std::int64_t{2}));
}

TEST_CASE("what is not committed is rolled back, also after an error") {
  Memory memory;
  {
    const Transaction dropped(memory.database);
    memory.database.run("INSERT INTO t VALUES (1, 1)");
  }
  CHECK(reason_of([&] {
    const Transaction broken(memory.database);
    memory.database.run("INSERT INTO t VALUES (1, 1)");
    memory.database.run("INSERT INTO no_table VALUES (1)");
  }));
  CHECK_FALSE(memory.database.in_transaction());
  CHECK(memory.database.number("SELECT count(*) FROM t") == 0);
  Transaction kept(memory.database);
  CHECK(memory.database.run("INSERT INTO t VALUES (1, 1), (2, 2)") == 2);
  kept.commit();
  CHECK(memory.database.number("SELECT count(*) FROM t") == 2);
}

TEST_CASE("a file that is no database is damaged, one that cannot be opened is not") {
  const TemporaryFolder folder;
  const std::string text = folder.write("text", std::string(5000, 'x'));
  CHECK(reason_of([&] { Database(text).number("PRAGMA user_version"); }) == Reason::damaged);
  CHECK(reason_of([&] { Database(folder.path().string()); }) == Reason::io);
  try {
    Database(text).number("PRAGMA user_version");
  } catch (const Error& error) {
    CHECK(error.message() == text + ": file is not a database (SQLite's error 26)");
  }
}

std::string message_of(const std::string& file, Access access) {
  try {
    Database(file, access).number("PRAGMA user_version");
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST_CASE("a file that cannot be opened is named, with what the system says of it") {
  const TemporaryFolder folder;
  const std::string missing = folder.path() / "none" / "journal.db";
  const std::string secret = folder.write("secret", "");
  std::filesystem::permissions(folder.path(), std::filesystem::perms{0755});
  std::filesystem::permissions(secret, std::filesystem::perms::none);
  const Nobody nobody;
  for (const Access access : {Access::write, Access::read}) {
    CHECK(message_of(missing, access) == missing + ": unable to open database file: " +
                                             "No such file or directory (SQLite's error 14)");
    CHECK(message_of(secret, access) ==
          secret + ": unable to open database file: " + "Permission denied (SQLite's error 14)");
  }
}

TEST_CASE("what does not go with the schema that we wrote is damage, a broken disk is not") {
  Memory memory;
  memory.database.script("CREATE TABLE u(a UNIQUE, b NOT NULL); INSERT INTO u VALUES (1, 1)");
  CHECK(reason_of([&] { memory.database.run("INSERT INTO no_table VALUES (1)"); }) ==
        Reason::damaged);
  CHECK(reason_of([&] { memory.database.number("SELECT no_column FROM t"); }) == Reason::damaged);
  CHECK(reason_of([&] { memory.database.run("INSERT INTO u VALUES (1, 1)"); }) == Reason::damaged);
  memory.database.script("PRAGMA max_page_count = 3");
  CHECK(reason_of([&] { memory.database.run("INSERT INTO t VALUES (zeroblob(100000), 1)"); }) ==
        Reason::io);
}

TEST_CASE("who wants to write waits for another that does") {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "db";
  Database(file).script("PRAGMA journal_mode = wal; CREATE TABLE t(a)");
  const auto write_often = [&] {
    Database database(file);
    database.wait_for_others(std::chrono::seconds(10));
    for (int n = 0; n < 50; ++n) {
      Transaction one(database);
      database.run("INSERT INTO t VALUES (1)");
      one.commit();
    }
  };
  std::optional<Reason> failure;
  std::jthread other([&] { failure = reason_of(write_often); });
  CHECK_FALSE(reason_of(write_often));
  other.join();
  CHECK_FALSE(failure);
  CHECK(Database(file).number("SELECT count(*) FROM t") == 100);
}

TEST_CASE("who does not want to wait is told at once, and that is no damage") {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "db";
  Database first(file);
  first.script("PRAGMA journal_mode = wal; CREATE TABLE t(a)");
  Database second(file);
  second.wait_for_others(Duration::zero());
  const Transaction held(first);
  CHECK(reason_of([&] { Transaction refused(second); }) == Reason::io);
}

}  // namespace
}  // namespace downsampled
