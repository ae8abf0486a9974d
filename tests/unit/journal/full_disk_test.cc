#include "unit/journal/full_disk.h"

#include <doctest/doctest.h>

#include "support/same_bits.h"
#include "unit/journal/journal_world.h"

namespace downsampled {
namespace {

using namespace test;

std::vector<Timestamp> ends(Journal& journal) {
  return journal.window_ends(kRule, minute(0), minute(9999));
}

TEST_CASE("what a full disk refuses waits in memory and is found there") {
  JournalWorld world;
  const auto journal = world.daemon();
  add_windows(*journal, kRule, {window_at(1, {1})});
  add_pane(*journal, kKey, pane_at(1, {1}));
  {
    const FullDisk full;
    add_windows(*journal, kRule, {window_at(2, {2})});
    add_pane(*journal, kKey, pane_at(2, {2}));
    add_windows(*journal, kRule, {window_at(3, {3})});
    journal->settle({{kRule, "f;g", minute(3)}}, 0);
  }
  CHECK(world.added == 5);
  CHECK(world.refused == 3);
  CHECK(ends(*journal) == std::vector{minute(1), minute(2), minute(3)});
  CHECK(journal->find_window(kRule, minute(2))->samples.at(0).value == 2);
  CHECK(journal->find_window(kRule, minute(1))->samples.at(0).value == 1);
  CHECK(journal->newest_window(kRule)->window.end == minute(3));
  CHECK(journal->find_pane(kKey, minute(1), {}) != nullptr);
  CHECK(journal->find_pane(kKey, minute(2), {}) != nullptr);
  CHECK(journal->settled(kRule) == minute(3));
  const Journal::Numbers numbers = journal->numbers();
  CHECK_FALSE(numbers.persistent);
  CHECK(numbers.waiting_windows == 2);
  CHECK(numbers.rows.windows == 3);
  CHECK(numbers.rows.panes == 2);
  CHECK(numbers.rows.oldest_window == minute(1));
}

TEST_CASE("when the disk takes it again, everything is written, nothing twice") {
  JournalWorld world;
  const auto journal = world.daemon();
  add_windows(*journal, kRule, {window_at(1, {1})});
  {
    const FullDisk full;
    add_windows(*journal, kRule, {window_at(2, {2})});
    add_pane(*journal, kKey, pane_at(2, {2}));
    journal->settle({{kRule, "f;g", minute(2)}}, 0);
  }
  SUBCASE("with the next addition") {
    add_windows(*journal, kRule, {window_at(3, {3}), window_at(2, {200})});
  }
  SUBCASE("or when it is tried") {
    journal->write_waiting();
    add_windows(*journal, kRule, {window_at(3, {3})});
  }
  const Journal::Numbers numbers = journal->numbers();
  CHECK(numbers.persistent);
  CHECK(numbers.waiting_windows == 0);
  CHECK(numbers.rows.windows == 3);
  CHECK(numbers.rows.panes == 1);
  const auto beside = world.command();
  CHECK(ends(*beside) == std::vector{minute(1), minute(2), minute(3)});
  CHECK(same_bits(*beside->find_window(kRule, minute(2)), window_at(2, {2})));
  CHECK(beside->find_pane(kKey, minute(2), {}) != nullptr);
  CHECK(beside->settled(kRule) >= minute(2));
}

TEST_CASE("that the disk refuses is logged once, and once that it does so no more") {
  JournalWorld world;
  const auto journal = world.daemon();
  const std::string log = logged([&] {
    add_windows(*journal, kRule, {window_at(1, {1})});
    journal->write_waiting();
  });
  CHECK(log.empty());
  // The log is a file itself here, and shares the fate of the journal: see what comes after.
  const std::string after = logged([&] {
    {
      const FullDisk full;
      for (int n = 2; n < 9; ++n) add_windows(*journal, kRule, {window_at(n, {1})});
    }
    journal->write_waiting();
    journal->write_waiting();
  });
  CHECK(lines_with(after, "level=info msg=\"the journal can be written again\"") == 1);
}

TEST_CASE("a disk that is full at the start is tried later") {
  JournalWorld world;
  std::unique_ptr<Journal> journal;
  {
    const FullDisk full;
    journal = world.daemon();
    add_windows(*journal, kRule, {window_at(1, {1})});
  }
  CHECK_FALSE(journal->numbers().persistent);
  CHECK(journal->numbers().waiting_windows == 1);
  CHECK(journal->find_window(kRule, minute(1)));
  add_windows(*journal, kRule, {window_at(2, {2})});
  CHECK(journal->numbers().persistent);
  CHECK(ends(*world.command()) == std::vector{minute(1), minute(2)});
}

TEST_CASE("where the directory cannot be made, a daemon says so once and goes on in memory") {
  JournalWorld world;
  world.folder.write("state", "a file");
  std::unique_ptr<Journal> journal;
  const std::string log = logged([&] {
    journal = world.daemon();
    add_windows(*journal, kRule, {window_at(1, {1})});
    journal->write_waiting();
  });
  CHECK(lines_with(log, "level=error msg=\"the journal cannot be written") == 1);
  CHECK(journal->find_window(kRule, minute(1)));
  CHECK(journal->replacements() == 0);
  std::filesystem::remove(world.directory);
  CHECK(lines_with(logged([&] { journal->write_waiting(); }), "can be written again") == 1);
  CHECK(ends(*world.command()) == std::vector{minute(1)});
}

TEST_CASE("a daemon that came to its directory late does not end because another has it now") {
  JournalWorld world;
  world.folder.write("state", "a file");
  std::unique_ptr<Journal> late;
  logged([&] { late = world.daemon(); });
  std::filesystem::remove(world.directory);
  std::unique_ptr<Journal> first = world.daemon();
  CHECK_FALSE(reason_of([&] { add_windows(*late, kRule, {window_at(1, {1})}); }));
  CHECK(late->find_window(kRule, minute(1)));
  CHECK_FALSE(late->numbers().persistent);
  first.reset();
  logged([&] { late->write_waiting(); });
  CHECK(late->numbers().persistent);
}

TEST_CASE("a command is told that the disk is full, and nothing is half there") {
  JournalWorld world;
  const auto journal = world.command();
  add_windows(*journal, kRule, {window_at(1, {1})});
  {
    const FullDisk full;
    CHECK(reason_of([&] {
            add_windows(*journal, kRule, {window_at(2, {2}), window_at(3, {3})});
          }) == Reason::io);
  }
  CHECK(ends(*journal) == std::vector{minute(1)});
  add_windows(*journal, kRule, {window_at(2, {2})});
  CHECK(ends(*journal) == std::vector{minute(1), minute(2)});
}

TEST_CASE("a daemon does not wait for long for a process that keeps the journal to itself") {
  JournalWorld world;
  const auto journal = world.daemon();
  Database other(world.file);
  const SystemClock clock;
  SteadyTime first;
  {
    const Transaction held(other);
    add_windows(*journal, kRule, {window_at(1, {1})});
    first = clock.steady_now();
    for (int n = 2; n < 30; ++n) add_windows(*journal, kRule, {window_at(n, {1})});
    CHECK(clock.steady_now() - first < std::chrono::seconds(1));  // once it was in vain, not again
    CHECK(journal->numbers().waiting_windows == 29);
  }
  journal->write_waiting();
  CHECK(journal->numbers().waiting_windows == 0);
  CHECK(ends(*world.command()).size() == 29);
}

TEST_CASE("a journal that is deleted under a daemon is begun anew, which is said") {
  JournalWorld world;
  const auto journal = world.daemon();
  add_windows(*journal, kRule, {window_at(1, {1})});
  SUBCASE("with its directory") { std::filesystem::remove_all(world.directory); }
  SUBCASE("by itself") { std::filesystem::remove(world.file); }
  SUBCASE("by another file that takes its place") {
    world.folder.write("other", "");
    std::filesystem::rename(world.folder.path() / "other", world.file);
    std::filesystem::remove(world.file + "-wal");
    std::filesystem::remove(world.file + "-shm");
  }
  const std::string log = logged([&] { add_windows(*journal, kRule, {window_at(2, {1})}); });
  CHECK(lines_with(log, "level=error msg=\"the journal's file was deleted or replaced") == 1);
  CHECK(journal->replacements() > 0);
  CHECK(journal->numbers().persistent);
  CHECK(ends(*world.command()) == std::vector{minute(2)});
  CHECK(reason_of([&] { world.daemon(); }) == Reason::config);  // it is locked as before
}

TEST_CASE("windows that wait for too long are dropped") {
  JournalWorld world;
  const auto journal = world.daemon();
  add_windows(*journal, kRule, {window_at(900, {1})});
  const FullDisk full;
  add_windows(*journal, kRule, {window_at(930, {1}), window_at(950, {1})});
  logged([&] {
    while (journal->prune()) continue;
  });
  CHECK(ends(*journal) == std::vector{minute(900), minute(950)});
}

}  // namespace
}  // namespace downsampled
