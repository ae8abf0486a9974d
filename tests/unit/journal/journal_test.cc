#include "journal/journal.h"

#include <doctest/doctest.h>

#include <thread>

#include "support/same_bits.h"
#include "unit/journal/journal_world.h"

namespace downsampled {
namespace {

using namespace test;

void prune(Journal& journal) {
  for (int part = 0; part < 1000; ++part) {
    if (!journal.prune()) return;
  }
  FAIL("pruning does not end");
}

TEST_CASE("what was added is there after the end of the process") {
  JournalWorld world;
  {
    const auto journal = world.daemon();
    add_windows(*journal, kRule, {window_at(1, {1, 2})});
    add_pane(*journal, kKey, pane_at(1, {3}));
    journal->settle({{kRule, "f;g", minute(1)}}, 0);
  }
  const auto journal = world.daemon();
  CHECK(same_bits(*journal->find_window(kRule, minute(1)), window_at(1, {1, 2})));
  CHECK(same_bits(*journal->find_pane(kKey, minute(1), {}), *pane_at(1, {3})));
  CHECK(journal->settled(kRule) == minute(1));
  CHECK(journal->replacements() == 0);
  CHECK(world.added == 2);
  CHECK(world.refused == 0);
}

TEST_CASE("a pane without a field that is needed is missing") {
  JournalWorld world;
  const auto journal = world.daemon();
  add_pane(*journal, kKey, pane_at(1, {1}));
  CHECK(journal->find_pane(kKey, minute(1), {}) != nullptr);
  CHECK(journal->find_pane(kKey, minute(1), {.squares = true}) == nullptr);
}

TEST_CASE("a directory has one daemon; a second is told how to get out of this") {
  JournalWorld world;
  const auto first = world.daemon();
  try {
    world.daemon();
    FAIL("a second daemon has it");
  } catch (const Error& error) {
    CHECK(error.reason() == Reason::config);
    CHECK(error.message().starts_with(world.directory + "/lock: "));
    CHECK(error.message().find("STORAGE_PATH") != std::string::npos);
  }
}

TEST_CASE("a daemon gets the directory when the one before has ended") {
  JournalWorld world;
  world.daemon();
  CHECK(world.daemon()->numbers().persistent);
}

TEST_CASE("commands work beside a daemon, and each sees what the other added") {
  JournalWorld world;
  const auto daemon = world.daemon();
  const auto command = world.command();
  add_windows(*daemon, kRule, {window_at(1, {1})});
  add_windows(*command, kRule, {window_at(2, {2})});
  command->settle({{kRule, "f;g", minute(2)}}, 0);
  for (const auto& journal : {daemon.get(), command.get()}) {
    CHECK(journal->window_ends(kRule, minute(0), minute(9)) == std::vector{minute(1), minute(2)});
    CHECK(journal->settled(kRule) == minute(2));
    CHECK(journal->newest_window(kRule)->window.end == minute(2));
  }
}

TEST_CASE("a command is told what is wrong with the disk, and moves nothing") {
  JournalWorld world;
  world.overwrite(std::string(9000, 'x'));
  CHECK(reason_of([&] { world.command(); }) == Reason::damaged);
  CHECK(world.contents() == std::string(9000, 'x'));
  world.folder.write("file", "");
  CHECK(reason_of([&] { Journal({.directory = world.folder.path() / "file"}, world.clock); }) ==
        Reason::io);
}

TEST_CASE("without a directory everything is in memory, and that is no failure") {
  JournalWorld world;
  Journal journal({.owner = Journal::Owner::daemon,
                   .memory_retention = std::chrono::hours(1),
                   .observer = world.options(Journal::Owner::daemon).observer},
                  world.clock);
  add_windows(journal, kRule, {window_at(1, {1})});
  journal.settle({{kRule, "f;g", minute(1)}}, 0);
  CHECK(journal.find_window(kRule, minute(1)));
  CHECK(journal.newest_window(kRule)->window.end == minute(1));
  CHECK(journal.settled(kRule) == minute(1));
  const Journal::Numbers numbers = journal.numbers();
  CHECK_FALSE(numbers.persistent);
  CHECK(numbers.rows.windows == 1);
  CHECK(numbers.waiting_windows == 0);
  CHECK(numbers.size > 0);
  CHECK(world.added == 1);
  CHECK(world.refused == 0);
}

TEST_CASE("in memory there are a few panes of a key, and windows as long as they can be of use") {
  JournalWorld world;
  Journal journal({.owner = Journal::Owner::daemon,
                   .retention = std::chrono::hours(1000),
                   .memory_retention = std::chrono::hours(1)},
                  world.clock);
  for (int n = 900; n <= 1000; ++n) {
    add_windows(journal, kRule, {window_at(n, {1})});
    add_pane(journal, kKey, pane_at(n, {1}));
  }
  CHECK(journal.numbers().rows.panes == 3);
  CHECK(journal.find_pane(kKey, minute(1000), {}) != nullptr);
  CHECK(journal.find_pane(kKey, minute(998), {}) != nullptr);
  CHECK(journal.find_pane(kKey, minute(997), {}) == nullptr);
  prune(journal);
  CHECK(journal.numbers().rows.oldest_window == minute(940));
  CHECK(journal.numbers().rows.windows == 61);
}

TEST_CASE("what is past the retention is deleted from the disk, in parts") {
  JournalWorld world;
  const auto journal = world.daemon();
  std::vector<RecordedWindow> windows;
  for (int n = 1; n <= 1000; ++n) windows.push_back(window_at(n, {1}));
  add_windows(*journal, kRule, windows);
  CHECK(journal->prune());  // there is more
  prune(*journal);
  CHECK(journal->numbers().rows.oldest_window == minute(880));
  CHECK(journal->numbers().rows.windows == 121);
  world.clock.advance(std::chrono::hours(3));
  prune(*journal);
  CHECK(journal->numbers().rows.windows == 0);
  CHECK_FALSE(journal->newest_window(kRule));
}

TEST_CASE("panes are kept as long as a window may want them, which is shorter") {
  JournalWorld world;
  const auto journal = world.daemon();
  for (const int n : {879, 880, 969, 970, 1000}) {
    add_windows(*journal, kRule, {window_at(n, {1})});
    add_pane(*journal, kKey, pane_at(n, {1}));
  }
  prune(*journal);
  CHECK(journal->numbers().rows.windows == 4);
  CHECK(journal->numbers().rows.panes == 2);
  CHECK(journal->find_pane(kKey, minute(970), {}) != nullptr);
}

TEST_CASE("the numbers say how much there is and since when") {
  JournalWorld world;
  const auto journal = world.daemon();
  CHECK(journal->numbers().persistent);
  CHECK(journal->numbers().rows.windows == 0);
  CHECK_FALSE(journal->numbers().rows.oldest_window);
  add_windows(*journal, kRule, {window_at(7, {1}), window_at(8, {1})});
  add_pane(*journal, kKey, pane_at(7, {1}));
  const Journal::Numbers numbers = journal->numbers();
  CHECK(numbers.rows.windows == 2);
  CHECK(numbers.rows.panes == 1);
  CHECK(numbers.rows.oldest_window == minute(7));
  CHECK(numbers.waiting_windows == 0);
  CHECK(numbers.size ==
        std::filesystem::file_size(world.file) + std::filesystem::file_size(world.file + "-wal"));
}

TEST_CASE("who asks for the numbers does not wait for who adds") {
  JournalWorld world;
  const auto journal = world.daemon();
  add_windows(*journal, kRule, {window_at(1, {1})});
  Database other(world.file);
  const SystemClock clock;
  const SteadyTime start = clock.steady_now();
  {
    const Transaction held(other);
    const std::jthread adds([&] { add_windows(*journal, kRule, {window_at(2, {1})}); });
    for (int asked = 0; asked < 20; ++asked) {
      CHECK(journal->numbers().rows.windows >= 1);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    CHECK(clock.steady_now() - start < std::chrono::milliseconds(700));  // add() waits for a second
  }
  journal->write_waiting();
  CHECK(journal->numbers().rows.windows == 2);
}

TEST_CASE("several threads add and ask at once") {
  JournalWorld world;
  const auto journal = world.daemon();
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (int n = 1; n <= 25; ++n) {
          add_windows(*journal, rule_key_of("r" + std::to_string(thread)), {window_at(n, {1})});
          journal->find_window(kRule, minute(n));
          journal->numbers();
        }
      });
    }
  }
  CHECK(journal->numbers().rows.windows == 100);
}

}  // namespace
}  // namespace downsampled
