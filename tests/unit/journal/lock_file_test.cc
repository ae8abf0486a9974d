#include "journal/lock_file.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "support/temporary_folder.h"
#include "unit/journal/rows.h"

namespace downsampled {
namespace {

using test::reason_of;

TEST_CASE("a lock is held by one until it is given back") {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "lock";
  auto first = std::make_unique<LockFile>(path);
  CHECK(reason_of([&] { LockFile second(path); }) == Reason::config);
  first.reset();
  CHECK_FALSE(reason_of([&] { LockFile second(path); }));
}

TEST_CASE("a lock goes with the process that held it, however it ended") {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "lock";
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t holder = fork();
  REQUIRE(holder >= 0);
  if (holder == 0) {
    const LockFile held(path);
    if (write(ready[1], "x", 1) == 1) pause();
    _exit(1);
  }
  char byte;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  CHECK(reason_of([&] { LockFile second(path); }) == Reason::config);
  kill(holder, SIGKILL);
  waitpid(holder, nullptr, 0);
  CHECK_FALSE(reason_of([&] { LockFile second(path); }));
  close(ready[0]);
  close(ready[1]);
}

TEST_CASE("where the file cannot be made, that is another error") {
  const TemporaryFolder folder;
  CHECK(reason_of([&] { LockFile lock(folder.path() / "none" / "lock"); }) == Reason::io);
}

}  // namespace
}  // namespace downsampled
