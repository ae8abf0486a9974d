#include "journal/read_only.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>

#include "unit/journal/journal_world.h"
#include "unit/journal/nobody.h"

namespace downsampled {
namespace {

using namespace test;

using Files = std::map<std::string, std::string>;  // the bytes, by the name

/// A journal of two windows, whose daemon has ended; and a look at all the files beside it.
struct Read : JournalWorld {
  Read() { add_windows(*daemon(), kRule, {window_at(1, {1}), window_at(2, {2})}); }

  Store open() const { return Store(file, {.check = true, .access = Access::read}); }
  std::string refusal() const {
    try {
      open();
    } catch (const Error& error) {
      return error.message();
    }
    return "";
  }
  Files files() const {
    Files all;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      std::ifstream in(entry.path(), std::ios::binary);
      all[entry.path().filename()] = {std::istreambuf_iterator<char>(in), {}};
    }
    return all;
  }
};

std::size_t windows_in(Store store) {
  return store.window_ends(kRule, minute(0), minute(9)).size();
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

TEST_CASE("a journal is read without a trace") {
  const Read world;
  const Files before = world.files();
  CHECK(windows_in(world.open()) == 2);
  CHECK(world.files() == before);
}

TEST_CASE("what a reader would have to change is refused, and stays as it is") {
  const Read world;
  std::string says;
  SUBCASE("an empty file") {
    world.overwrite("");
    says = "is empty";
  }
  SUBCASE("one of another program") {
    std::filesystem::remove(world.file);
    Database(world.file).script("CREATE TABLE photos(a)");
    says = "this is no journal";
  }
  SUBCASE("one of text") {
    world.overwrite(std::string(9000, 'x'));
    says = "not a database";
  }
  SUBCASE("one of an older version") {
    Store(world.file)
        .database()
        .script(
            "DROP INDEX pane_fields; ALTER TABLE pane DROP COLUMN fields; "
            "UPDATE journal SET version = 1; PRAGMA user_version = 1");
    says = "start the daemon of this version once";
  }
  SUBCASE("one of a newer version") {
    Store(world.file).database().script("UPDATE journal SET version = 9; PRAGMA user_version = 9");
    says = "newer downsampled";
  }
  const Files before = world.files();
  CHECK_MESSAGE(has(world.refusal(), says), world.refusal());
  CHECK(has(world.refusal(), world.file));
  CHECK(world.files() == before);
}

TEST_CASE("nothing can be written by who only reads") {
  const Read world;
  Store store = world.open();
  CHECK(reason_of([&] { add_windows(store, kRule, {window_at(3, {3})}); }) == Reason::io);
}

TEST_CASE("beside a writer, what that has written last is read") {
  Read world;
  const auto daemon = world.daemon();
  add_windows(*daemon, kRule, {window_at(3, {3})});
  CHECK(windows_in(world.open()) == 3);
  CHECK_FALSE(reason_of([&] { world.open().database().require_undisturbed(); }));
}

TEST_CASE("a writer that comes while a journal is read alone is noticed") {
  Read world;
  Store reader = world.open();
  CHECK_FALSE(reason_of([&] { reader.database().require_undisturbed(); }));
  const auto daemon = world.daemon();
  CHECK(reason_of([&] { reader.database().require_undisturbed(); }) == Reason::io);
}

/// What a daemon leaves that is killed: the file, and what is in its log only.
struct Killed : Read {
  Killed() {
    const auto alive = daemon();
    add_windows(*alive, kRule, {window_at(3, {3})});
    std::filesystem::create_directory(folder.path() / "copy");
    for (const char* name : {"journal.db", "journal.db-wal"}) {
      std::filesystem::copy_file(directory + '/' + name, folder.path() / "copy" / name);
    }
  }
  const std::string copy = folder.path() / "copy" / "journal.db";
};

TEST_CASE("what is in the log of a daemon that was killed is read, and stays there") {
  const Killed world;
  const auto size = std::filesystem::file_size(world.copy + "-wal");
  CHECK(windows_in(Store(world.copy, {.access = Access::read})) == 3);
  CHECK(std::filesystem::file_size(world.copy + "-wal") == size);
}

TEST_CASE("a name may have what means something in a URI") {
  const Read world;
  const std::string odd = world.folder.path() / "50%41?mode=rw#a b.db";
  std::filesystem::rename(world.file, odd);
  CHECK(windows_in(Store(odd, {.access = Access::read})) == 2);
}

TEST_CASE("who may read but not write gets an answer, or is told what to do") {
  using std::filesystem::perms;
  const Killed world;
  std::filesystem::permissions(world.folder.path(), perms{0755});
  for (const std::string& folder : {world.directory, std::string(world.folder.path() / "copy")}) {
    std::filesystem::permissions(folder, perms{0555});
  }
  const Nobody nobody;
  CHECK(windows_in(world.open()) == 3);
  try {
    const Store refused(world.copy, {.access = Access::read});
    FAIL("it was opened");
  } catch (const Error& error) {
    CHECK(error.reason() == Reason::io);
    CHECK(has(error.message(), world.copy + ": "));
    CHECK_MESSAGE(has(error.message(), "run this as the user of the daemon"), error.message());
  }
}

}  // namespace
}  // namespace downsampled
