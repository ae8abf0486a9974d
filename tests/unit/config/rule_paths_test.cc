#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/rule_file.h"
#include "support/temporary_folder.h"

using namespace downsampled;
using Paths = std::vector<std::string>;

TEST_CASE("globs give their files in order, each file once") {
  const TemporaryFolder folder;
  const std::string b = folder.write("b.yaml", "");
  const std::string a = folder.write("a.yaml", "");
  folder.write("c.txt", "");
  const std::string glob = (folder.path() / "*.yaml").string();
  CHECK(find_rule_files(Paths{glob}, "") == Paths{a, b});
  CHECK(find_rule_files(Paths{b, glob}, "") == Paths{b, a});
  CHECK(find_rule_files(Paths{a, (folder.path() / "./a.yaml").string()}, "") == Paths{a});
}

TEST_CASE("a glob that matches nothing is named") {
  const TemporaryFolder folder;
  const std::string glob = (folder.path() / "*.yml").string();
  CHECK_THROWS_WITH_AS(
      find_rule_files(Paths{glob}, ""),
      doctest::Contains(("--rules (QUERIES): \"" + glob + "\" matches no").c_str()), Error);
}

TEST_CASE("without globs the shipped rules are found from the executable") {
  const TemporaryFolder folder;
  const std::filesystem::path executable = folder.path() / "build" / "downsampled";
  CHECK_THROWS_WITH_AS(find_rule_files({}, executable), doctest::Contains("no rule files in"),
                       Error);
  const std::string beside = folder.write("queries/x.yaml", "");
  CHECK(find_rule_files({}, executable) == Paths{beside});
  const std::string shared = folder.write("share/downsampled/queries/x.yaml", "");
  CHECK(find_rule_files({}, executable) == Paths{shared});
}

TEST_CASE("the executable is this test") { CHECK(executable_path().filename() == "config_test"); }
