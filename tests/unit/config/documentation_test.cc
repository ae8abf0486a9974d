// What people read is what the program does: the page of settings is the generated one, and every
// example in the page about rule files loads.
#include "config/documentation.h"

#include <doctest/doctest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/command_table.h"
#include "config/rule_file.h"
#include "support/temporary_folder.h"
#include "unit/config/parse_with.h"

using namespace downsampled;
using namespace std::chrono_literals;

namespace {

std::string text_of(const std::string& file) {
  std::ifstream stream(PROJECT_ROOT "/" + file);
  REQUIRE(stream);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::vector<std::string> yaml_blocks(const std::string& page) {
  const std::string open = "\n```yaml\n";
  std::vector<std::string> blocks;
  for (std::size_t at = page.find(open); at != page.npos; at = page.find(open, at)) {
    at += open.size();
    const std::size_t end = page.find("\n```", at);
    REQUIRE(end != page.npos);
    blocks.push_back(page.substr(at, end + 1 - at));
    at = end;
  }
  return blocks;
}

}  // namespace

TEST_CASE("docs/configuration.md is what --write-documentation prints") {
  CHECK(parse_with({"--write-documentation"}, {}).printout.value() ==
        text_of("docs/configuration.md"));
}

TEST_CASE("every format of the documentation knows every flag and every subcommand") {
  for (const std::string format : {"markdown", "man", "bash", "zsh", "fish"}) {
    CAPTURE(format);
    std::string text = parse_with({"--write-documentation=" + format}, {}).printout.value();
    std::erase(text, '\\');
    for (const Setting& setting : setting_table()) {
      CAPTURE(setting.flag);
      const std::string flag =
          format == "fish" && !setting.flag.empty() ? " " + setting.flag.substr(2) : setting.flag;
      CHECK(text.find(flag) != text.npos);
    }
    for (const CommandEntry& entry : command_table()) {
      CAPTURE(entry.name);
      CHECK(text.find(entry.word()) != text.npos);
      for (const CommandOption& option : entry.options) {
        CHECK(text.find(format == "fish" ? " " + option.flag.substr(2) : option.flag) != text.npos);
      }
    }
  }
  CHECK_THROWS_AS(parse_with({"--write-documentation=roff"}, {}), Error);
}

TEST_CASE("no option of a subcommand is called like a setting") {
  for (const Setting& setting : setting_table()) CHECK(owners_of(setting.flag).empty());
  CHECK(owners_of("--to") == std::vector<std::string>{"backfill", "journal export"});
}

TEST_CASE("the page of rules has an example of every key, and each example loads") {
  std::string all;
  const std::vector<std::string> blocks = yaml_blocks(text_of("queries/README.md"));
  for (const std::string& block : blocks) {
    CAPTURE(block);
    const TemporaryFolder folder;
    const std::string file = folder.write("example.yaml", block);
    LoadedRules loaded;
    REQUIRE_NOTHROW(loaded = load_rule_files(std::array{file},
                                             {.time_period = 1h, .query_offset = 30s, .step = {}}));
    CHECK(loaded.warnings.empty());
    CHECK_FALSE(loaded.groups.empty());
    all += block;
  }
  for (const std::string key : {"name", "interval", "query_offset", "eval_offset", "source", "step",
                                "stale_after", "limit", "labels", "coverage", "window", "aggregate",
                                "absent", "partial", "record", "expr", "help", "unit"}) {
    CAPTURE(key);
    CHECK(all.find(key + ":") != std::string::npos);
  }
}

TEST_CASE("lines are filled up to the width and no further") {
  CHECK(fill_lines("aa bb cc", 5) == "aa bb\ncc");
  CHECK(fill_lines("aaaaaaa b", 3) == "aaaaaaa\nb");
  CHECK(fill_lines("", 3) == "");
}
