#include "base/log.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "support/captured_log.h"

using namespace downsampled;
using test::logged;

namespace {

/// The line without its time, whose shape is checked: 2026-01-02T03:04:05.678Z.
std::string after_time(const std::string& line, const std::string& before) {
  REQUIRE(line.starts_with(before));
  std::string shape = line.substr(before.size(), 24);
  for (char& c : shape) c = c >= '0' && c <= '9' ? '0' : c;
  CHECK(shape == "0000-00-00T00:00:00.000Z");
  return line.substr(before.size() + 24);
}

}  // namespace

TEST_CASE("a message is one line of logfmt") {
  const std::string line = logged(log::Level::info, log::Format::logfmt, [] {
    log::info("rules loaded", {{"file", "a.yaml"}, {"groups", 3}, {"took", 1.5}});
  });
  CHECK(after_time(line, "time=") ==
        " level=info msg=\"rules loaded\" file=a.yaml groups=3 took=1.5\n");
}

TEST_CASE("what is not known is left out") {
  const std::optional<int> nothing;
  const auto write = [&] {
    log::info("m", {{"a", nothing}, {"b", std::optional(7)}, {"c", nothing}});
  };
  CHECK(after_time(logged(log::Level::info, log::Format::logfmt, write), "time=") ==
        " level=info msg=\"m\" b=7\n");
  CHECK(after_time(logged(log::Level::info, log::Format::json, write), "{\"time\":\"") ==
        "\",\"level\":\"info\",\"msg\":\"m\",\"b\":\"7\"}\n");
}

TEST_CASE("a message is one JSON object") {
  const std::string line = logged(log::Level::info, log::Format::json, [] {
    log::error("it \"failed\"", {{"file", "a b.yaml"}, {"count", 2}});
  });
  CHECK(after_time(line, "{\"time\":\"") ==
        "\",\"level\":\"error\",\"msg\":\"it \\\"failed\\\"\",\"file\":\"a "
        "b.yaml\",\"count\":\"2\"}\n");
}

TEST_CASE("no value can break out of its line") {
  const auto write = [] {
    log::warn("two\nlines {} %v", {{"a", "x=y"},
                                   {"b", "tab\there"},
                                   {"c", "say \"hi\""},
                                   {"d", "back\\slash"},
                                   {"e", ""},
                                   {"f", "\x1b[31mred"},
                                   {"g", "caf\xe9"},
                                   {"h", "größe"}});
  };
  const std::string line = logged(log::Level::info, log::Format::logfmt, write);
  CHECK(after_time(line, "time=") ==
        " level=warn msg=\"two\\nlines {} %v\" a=\"x=y\" b=\"tab\\u0009here\" c=\"say \\\"hi\\\"\" "
        "d=back\\slash e=\"\" f=\"\\u001b[31mred\" g=\"caf\xef\xbf\xbd\" h=größe\n");
  const std::string json = logged(log::Level::info, log::Format::json, write);
  CHECK(json.find("\"d\":\"back\\\\slash\"") != json.npos);
  CHECK(json.find('\n') == json.size() - 1);
}

TEST_CASE("what is under the level is not logged") {
  const auto write = [] {
    log::debug("d");
    log::info("i");
    log::warn("w");
    log::error("e");
  };
  const auto lines = [&](log::Level level) {
    const std::string text = logged(level, log::Format::logfmt, write);
    return std::count(text.begin(), text.end(), '\n');
  };
  CHECK(lines(log::Level::debug) == 4);
  CHECK(lines(log::Level::info) == 3);
  CHECK(lines(log::Level::warn) == 2);
  CHECK(lines(log::Level::error) == 1);
}

TEST_CASE("lines of several threads do not mix") {
  const std::string text = logged(log::Level::info, log::Format::logfmt, [] {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([] {
        for (int n = 0; n < 200; ++n) log::info("hello", {{"key", "value"}});
      });
    }
  });
  std::size_t lines = 0;
  for (std::size_t at = 0; at < text.size(); ++lines) {
    const std::size_t end = text.find('\n', at);
    REQUIRE(end != text.npos);
    REQUIRE(text.compare(at, 5, "time=") == 0);
    REQUIRE(text.substr(at + 29, end - at - 29) == " level=info msg=\"hello\" key=value");
    at = end + 1;
  }
  CHECK(lines == 800);
}
