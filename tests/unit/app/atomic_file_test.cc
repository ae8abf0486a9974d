#include "app/atomic_file.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "support/temporary_folder.h"

namespace downsampled {
namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t files_in(const TemporaryFolder& folder) {
  const std::filesystem::directory_iterator files(folder.path());
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TEST_CASE("a file takes its place when it is finished, not before") {
  const TemporaryFolder folder;
  const std::string path = folder.write("x.om", "old");
  AtomicFile file(path);
  file.write("ne");
  file.write("w");
  CHECK(content(path) == "old");
  file.finish();
  CHECK(content(path) == "new");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("of a file that is not finished nothing remains") {
  const TemporaryFolder folder;
  const std::string path = folder.write("x.om", "old");
  { AtomicFile(path).write("new"); }
  CHECK(content(path) == "old");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("a file that cannot be written, and one that cannot take its place") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(AtomicFile(folder.path() / "none" / "x.om"),
                       doctest::Contains("No such file or directory"), Error);
  std::filesystem::create_directories(folder.path() / "x.om" / "inside");
  AtomicFile file(folder.path() / "x.om");
  CHECK_THROWS_AS(file.finish(), Error);
}

}  // namespace
}  // namespace downsampled
