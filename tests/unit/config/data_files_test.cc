// Walks tests/data: every file of good/ loads, every file of bad/ is refused with the message that
// stands in its first line, and promtool agrees about the files of good/prometheus/.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/rule_file.h"

using namespace downsampled;
using namespace std::chrono_literals;

namespace {

const RuleDefaults kDefaults{.time_period = 1h, .query_offset = 30s, .step = {}};

std::vector<std::string> yaml_files(const std::string& folder, std::size_t at_least) {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(PROJECT_ROOT "/tests/data/" + folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= at_least);
  return files;
}

std::string first_line(const std::string& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

std::size_t rules_in(const LoadedRules& loaded) {
  std::size_t rules = 0;
  for (const auto& group : loaded.groups) rules += group->rules.size();
  return rules;
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 1024> buffer;
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    output.append(buffer.data(), n);
  }
  return output;
}

}  // namespace

TEST_CASE("every good file loads, and its groups are complete") {
  for (const std::string& file : yaml_files("good", 10)) {
    CAPTURE(file);
    LoadedRules loaded;
    REQUIRE_NOTHROW(loaded = load_rule_files(std::array{file}, kDefaults));
    for (const auto& group : loaded.groups) {
      CHECK_FALSE(group->name.empty());
      CHECK_FALSE(group->rules.empty());
      CHECK(group->interval > 0ms);
      CHECK(group->stale_after > 0ms);
      CHECK(group->source == "default");
      CHECK(group->interval % group->step == 0ms);
      for (const Rule& rule : group->rules) {
        CHECK(rule.window > 0ms);
        CHECK(rule.window % group->step == 0ms);
        CHECK_FALSE(rule.help.empty());
        CHECK(rule.help.find('\n') == std::string::npos);
      }
    }
  }
}

TEST_CASE("every bad file is refused as its first line says") {
  for (const std::string& file : yaml_files("bad", 80)) {
    CAPTURE(file);
    const std::string line = first_line(file);
    const std::string mark = "# error: ";
    REQUIRE(line.starts_with(mark));
    std::string wanted = line.substr(mark.size());
    if (wanted.starts_with(':')) wanted = file + wanted;
    try {
      load_rule_files(std::array{file}, kDefaults);
      FAIL_CHECK("was not refused");
    } catch (const Error& error) {
      CHECK(error.reason() == Reason::config);
      CAPTURE(error.message());
      CHECK(error.message().find(wanted) != std::string::npos);
      // Every line of the message names the file, and what would be right.
      CHECK(error.message().starts_with(file + ":"));
    }
  }
}

TEST_CASE("promtool finds as many rules in the Prometheus files as we do") {
  for (const std::string& file : yaml_files("good/prometheus", 8)) {
    CAPTURE(file);
    const std::size_t rules = rules_in(load_rule_files(std::array{file}, kDefaults));
    const std::string output = output_of("promtool check rules '" + file + "' 2>&1");
    CAPTURE(output);
    CHECK(output.find(fmt::format("SUCCESS: {} rules found", rules)) != std::string::npos);
  }
}
