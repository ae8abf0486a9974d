#include <doctest/doctest.h>

#include "journal/damage.h"
#include "journal/loss.h"
#include "unit/journal/journal_world.h"
#include "unit/journal/nobody.h"

namespace downsampled {
namespace {

using namespace test;

/// A journal of 300 windows whose daemon has ended.
struct Written : JournalWorld {
  Written() {
    std::vector<RecordedWindow> windows;
    for (int n = 1; n <= 300; ++n) windows.push_back(window_at(n, {1.0 / n, 2, 3, 4}));
    add_windows(*daemon(), kRule, windows);
  }
};

/// That the daemon goes on with a new file, and that the old one is kept.
void check_replaced(JournalWorld& world, Journal& journal, const std::string& before) {
  CHECK(journal.replacements() > 0);
  REQUIRE(world.moved_aside() == std::vector<std::string>{"journal.db.corrupt-19700101T164000Z"});
  std::filesystem::rename(world.directory + "/journal.db.corrupt-19700101T164000Z",
                          world.folder.path() / "kept");
  std::ifstream kept(world.folder.path() / "kept", std::ios::binary);
  CHECK((std::string(std::istreambuf_iterator<char>(kept), {}) == before));
  add_windows(journal, kRule, {window_at(301, {1})});
  CHECK(journal.find_window(kRule, minute(301)));
  CHECK_FALSE(journal.find_window(kRule, minute(300)));
  CHECK(journal.numbers().persistent);
  CHECK(journal.numbers().rows.windows == 1);
}

TEST_CASE("a file that is no journal is moved aside at the start, which is logged") {
  Written world;
  const std::string sound = world.contents();
  const std::vector<std::string> damages = {
      std::string(4096, 'x') + sound.substr(4096), sound.substr(0, sound.size() / 2),
      sound.substr(0, 100), "not a database",
      sound.substr(0, 3 * 4096) + std::string(4 * 4096, 'x') + sound.substr(7 * 4096)};
  for (std::size_t index = 0; index < damages.size(); ++index) {
    CAPTURE(index);
    world.overwrite(damages[index]);
    std::unique_ptr<Journal> journal;
    const std::string log = logged([&] { journal = world.daemon(); });
    CHECK(lines_with(log, "level=error msg=\"the journal is damaged and was moved aside") == 1);
    CHECK(log.find("moved_to=" + world.file + ".corrupt-19700101T164000Z") != log.npos);
    check_replaced(world, *journal, damages[index]);
  }
}

TEST_CASE("a flipped bit in the numbers of a window is found at the start, and what is lost said") {
  Written world;
  std::string bytes = world.contents();
  const std::size_t frame = bytes.rfind("\x28\xb5\x2f\xfd");  // zstd's magic number
  REQUIRE(frame != bytes.npos);
  bytes[frame + 12] = static_cast<char>(bytes[frame + 12] ^ 4);
  world.overwrite(bytes);
  std::unique_ptr<Journal> journal;
  const std::string log = logged([&] { journal = world.daemon(); });
  CHECK(lines_with(log, "was moved aside") == 1);
  CHECK(log.find(" windows=300 from=1970-01-01T00:01:00Z to=1970-01-01T05:00:00Z rules=1 ") !=
        log.npos);
  check_replaced(world, *journal, bytes);
}

TEST_CASE("what is lost is said of a file that still has some of it, and nothing of another") {
  Written world;
  const std::string sound = world.contents();
  world.overwrite(sound.substr(0, 3 * 4096) + std::string(4 * 4096, 'x') + sound.substr(7 * 4096));
  CHECK(loss_with(world.file).rules == 1);
  CHECK(loss_with(world.file).windows == 300);
  for (const std::string& bytes : {std::string("text"), std::string(), sound.substr(0, 4096)}) {
    world.overwrite(bytes);
    const Loss loss = loss_with(world.file);
    CHECK_FALSE((loss.windows || loss.from || loss.to || loss.rules));
  }
  std::filesystem::remove(world.file);
  Database(world.file)
      .script("CREATE TABLE window(title, price); INSERT INTO window VALUES (1, 2)");
  CHECK_FALSE(loss_with(world.file).windows);
  std::filesystem::remove(world.file);
  CHECK_FALSE(loss_with(world.file).windows);
  CHECK_FALSE(std::filesystem::exists(world.file));
}

TEST_CASE("a window that is damaged while the daemon runs is found when it is read") {
  Written world;
  const auto journal = world.daemon();
  Database(world.file).script("UPDATE window SET payload = zeroblob(99) WHERE seq = 200");
  int found = 0;
  const std::string log = logged([&] {
    for (int n = 1; n <= 300; ++n) found += journal->find_window(kRule, minute(n)).has_value();
  });
  CHECK(found < 300);
  CHECK(lines_with(log, "was moved aside") == 1);
  CHECK(world.moved_aside().size() > 0);
  CHECK(journal->replacements() == 1);
}

TEST_CASE("what is added when the damage is found is in the new file") {
  JournalWorld world;
  const auto journal = world.daemon();
  add_windows(*journal, kRule, {window_at(1, {1})});
  Database(world.file)
      .script(
          "PRAGMA writable_schema = on; UPDATE sqlite_master SET sql = 'CREATE' WHERE name = "
          "'window'; "
          "PRAGMA schema_version = 99");
  const std::string log = logged([&] { add_windows(*journal, kRule, {window_at(2, {1})}); });
  CHECK(lines_with(log, "was moved aside") == 1);
  CHECK(journal->replacements() > 0);
  CHECK(world.refused == 0);
  CHECK(journal->find_window(kRule, minute(2)));
  CHECK(world.command()->window_ends(kRule, minute(0), minute(9)) == std::vector{minute(2)});
}

TEST_CASE("what was moved aside before keeps its name") {
  JournalWorld world;
  world.overwrite("first");
  logged([&] { world.daemon(); });
  world.overwrite("second");
  logged([&] { world.daemon(); });
  CHECK(world.moved_aside() == std::vector<std::string>{"journal.db.corrupt-19700101T164000Z",
                                                        "journal.db.corrupt-19700101T164000Z-2"});
}

TEST_CASE("the write-ahead log goes with its file") {
  JournalWorld world;
  world.overwrite("damaged");
  world.folder.write("state/journal.db-wal", "log");
  world.folder.write("state/journal.db-shm", "index");
  const std::string log =
      logged([&] { CHECK(move_damaged_aside(world.file, "a problem", minute(1000))); });
  CHECK(world.moved_aside() == std::vector<std::string>{"journal.db.corrupt-19700101T164000Z",
                                                        "journal.db.corrupt-19700101T164000Z-wal"});
  CHECK_FALSE(std::filesystem::exists(world.file + "-shm"));
  CHECK(log.find("bytes=7 problem=\"a problem\"") != log.npos);
}

TEST_CASE("a file that cannot be moved aside is said, and stays") {
  JournalWorld world;
  world.overwrite("damaged");
  using std::filesystem::perms;
  perms folder = perms::owner_all;
  perms directory = perms::owner_all;
  SUBCASE("because the directory is read-only") {
    folder = perms{0755};
    directory = perms{0555};
  }
  SUBCASE("because the directory cannot even be looked into") { directory = perms::none; }
  std::filesystem::permissions(world.folder.path(), folder);
  std::filesystem::permissions(world.directory, directory);
  bool moved = true;
  const std::string log = logged([&] {
    const Nobody nobody;
    moved = move_damaged_aside(world.file, "a problem", minute(1000));
  });
  std::filesystem::permissions(world.directory, perms::owner_all);
  CHECK_FALSE(moved);
  CHECK(lines_with(log, "a damaged journal cannot be moved aside") == 1);
  CHECK(world.contents() == "damaged");
}

}  // namespace
}  // namespace downsampled
