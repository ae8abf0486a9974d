#include "publish/history.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "publish/write_history.h"

namespace downsampled {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Timestamp kTime{milliseconds(1700000000000)};  // 2023-11-14T22:13:20Z
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Everything that some format has to escape, or must not.
const std::string kAwkward = "a \"b\", c\\d\ne größe \xf0\x9f\x98\x80 <\r>";

RecordedWindow window(Timestamp end, std::vector<RecordedSample> samples) {
  return {{end - hours(1), end}, 4, 4, std::move(samples)};
}

History history(const std::vector<RecordedWindow>& windows) {
  History history;
  for (const RecordedWindow& one : windows) history.add(one);
  return history;
}

std::string openmetrics(const History& history, const FamilyHeader& family) {
  std::string text;
  write_openmetrics(family, history, [&text](std::string_view piece) { text += piece; });
  return text;
}

std::string json(const History& history) {
  std::string text;
  write_json("m", history, [&text](std::string_view piece) { text += piece; });
  return text;
}

std::string csv(const History& history) {
  std::string text;
  write_csv(history, [&text](std::string_view piece) { text += piece; });
  return text;
}

/// Two series, one of them with a gap.
History small() {
  return history({window(kTime, {{{{"name", "a"}}, 1.5}, {{{"name", "b"}, {"pod", "p"}}, -0.0}}),
                  window(kTime + hours(1), {{{{"name", "a"}}, kNaN}}),
                  window(kTime + hours(2),
                         {{{{"name", "a"}}, kInf}, {{{"name", "b"}, {"pod", "p"}}, -kInf}})});
}

TEST_CASE("a history becomes a family of OpenMetrics with timestamps") {
  CHECK(openmetrics(small(), {"m_bytes", MetricType::gauge, "Says \"so\".", "bytes"}) ==
        "# TYPE m_bytes gauge\n"
        "# UNIT m_bytes bytes\n"
        "# HELP m_bytes Says \\\"so\\\".\n"
        "m_bytes{name=\"a\"} 1.5 1700000000\n"
        "m_bytes{name=\"a\"} NaN 1700003600\n"
        "m_bytes{name=\"a\"} +Inf 1700007200\n"
        "m_bytes{name=\"b\",pod=\"p\"} -0 1700000000\n"
        "m_bytes{name=\"b\",pod=\"p\"} -Inf 1700007200\n");
}

TEST_CASE("a history becomes a range query's answer") {
  CHECK(json(small()) == R"({"status":"success","data":{"resultType":"matrix","result":[)"
                         R"({"metric":{"__name__":"m","name":"a"},)"
                         R"("values":[[1700000000,"1.5"],[1700003600,"NaN"],[1700007200,"+Inf"]]},)"
                         R"({"metric":{"__name__":"m","name":"b","pod":"p"},)"
                         R"("values":[[1700000000,"-0"],[1700007200,"-Inf"]]}]}})"
                         "\n");
}

TEST_CASE("a history becomes a table") {
  CHECK(csv(small()) ==
        "time,value,name,pod\r\n"
        "2023-11-14T22:13:20Z,1.5,a,\r\n"
        "2023-11-14T23:13:20Z,NaN,a,\r\n"
        "2023-11-15T00:13:20Z,+Inf,a,\r\n"
        "2023-11-14T22:13:20Z,-0,b,p\r\n"
        "2023-11-15T00:13:20Z,-Inf,b,p\r\n");
}

TEST_CASE("a history without samples makes valid documents") {
  for (const History& none : {history({}), history({window(kTime + milliseconds(1), {})})}) {
    CHECK(openmetrics(none, {"m", MetricType::gauge, "Help."}) ==
          "# TYPE m gauge\n# HELP m Help.\n");
    CHECK(json(none) ==
          "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}\n");
    CHECK(csv(none) == "time,value\r\n");
  }
}

TEST_CASE("a series without labels has its name alone") {
  const History one = history({window(kTime, {{{}, 1}})});
  CHECK(openmetrics(one, {"m", MetricType::gauge, "H"}) ==
        "# TYPE m gauge\n# HELP m H\nm 1 1700000000\n");
  CHECK(json(one).find(R"("result":[{"metric":{"__name__":"m"},"values":[[1700000000,"1"]]}])") !=
        std::string::npos);
  CHECK(csv(one) == "time,value\r\n2023-11-14T22:13:20Z,1\r\n");
}

TEST_CASE("labels are escaped in the way of each format") {
  const History awkward = history({window(kTime, {{{{"l", kAwkward}}, 1}})});
  CHECK(openmetrics(awkward, {"m", MetricType::gauge, "H"}) ==
        "# TYPE m gauge\n# HELP m H\n"
        "m{l=\"a \\\"b\\\", c\\\\d\\ne größe \xf0\x9f\x98\x80 <\r>\"} 1 1700000000\n");
  CHECK(json(awkward).find("\"l\":\"a \\\"b\\\", c\\\\d\\ne größe \xf0\x9f\x98\x80 <\\r>\"") !=
        std::string::npos);
  CHECK(csv(awkward) ==
        "time,value,l\r\n"
        "2023-11-14T22:13:20Z,1,\"a \"\"b\"\", c\\d\ne größe \xf0\x9f\x98\x80 <\r>\"\r\n");
}

TEST_CASE("a field of a table is quoted where it must be") {
  const std::vector<std::pair<std::string, std::string>> fields = {
      {",", "\",\""},   {"\"", "\"\"\"\""}, {"\n", "\"\n\""},
      {"\r", "\"\r\""}, {" a ", " a "},     {"it's; =1", "it's; =1"}};
  for (const auto& [value, field] : fields) {
    CHECK(csv(history({window(kTime, {{{{"l", value}}, 1}})})) ==
          "time,value,l\r\n2023-11-14T22:13:20Z,1," + field + "\r\n");
  }
}

TEST_CASE("what is not UTF-8 is replaced and takes nothing else with it") {
  const History broken = history({window(kTime, {{{{"l", "x\xffy"}}, 1}})});
  const std::string replaced = "x\xef\xbf\xbdy";
  CHECK(openmetrics(broken, {"m", MetricType::gauge, "H"})
            .ends_with("\nm{l=\"" + replaced + "\"} 1 1700000000\n"));
  CHECK(json(broken).find("\"l\":\"" + replaced + "\"}") != std::string::npos);
  CHECK(csv(broken).ends_with(",1," + replaced + "\r\n"));
}

TEST_CASE("no two columns of a table have one name") {
  const LabelSet labels({{"time", "1"}, {"time_", "2"}, {"value", "3"}, {"größe, x", "4"}});
  CHECK(csv(history({window(kTime, {{labels, 5}})})) ==
        "time,value,\"größe, x\",time__,time_,value_\r\n"
        "2023-11-14T22:13:20Z,5,4,1,2,3\r\n");
}

TEST_CASE("milliseconds are kept") {
  const std::vector<std::pair<std::int64_t, std::string>> times = {
      {1700000000123, "1700000000.123"},
      {1700000000050, "1700000000.050"},
      {0, "0"},
      {-1, "-0.001"},
      {-1500, "-1.500"},
      {-2000, "-2"}};
  for (const auto& [count, shown] : times) {
    const History one = history({window(Timestamp(milliseconds(count)), {{{}, 1}})});
    CHECK(openmetrics(one, {"m", MetricType::gauge, "H"}).ends_with("\nm 1 " + shown + "\n"));
    CHECK(json(one).find("[[" + shown + ",\"1\"]]") != std::string::npos);
  }
}

TEST_CASE("the times of a table have one form") {
  const History mixed = history({window(kTime, {{{}, 1}}), window(kTime + milliseconds(1500), {}),
                                 window(kTime + milliseconds(3050), {{{}, 2}}),
                                 window(kTime + milliseconds(6000), {{{}, 3}})});
  CHECK(csv(mixed) ==
        "time,value\r\n"
        "2023-11-14T22:13:20.000Z,1\r\n"
        "2023-11-14T22:13:23.050Z,2\r\n"
        "2023-11-14T22:13:26.000Z,3\r\n");
}

TEST_CASE("windows come in any order, and the last one for a time counts") {
  const LabelSet a({{"name", "a"}});
  const LabelSet b({{"name", "b"}});
  const History shuffled =
      history({window(kTime + seconds(2), {{a, 3}}), window(kTime, {{a, 0}, {b, 10}}),
               window(kTime + seconds(1), {{a, 2}}), window(kTime, {{a, 1}}),
               window(kTime + seconds(2), {{b, 12}})});
  CHECK(csv(shuffled) ==
        "time,value,name\r\n"
        "2023-11-14T22:13:20Z,1,a\r\n"
        "2023-11-14T22:13:21Z,2,a\r\n"
        "2023-11-14T22:13:22Z,3,a\r\n"
        "2023-11-14T22:13:20Z,10,b\r\n"
        "2023-11-14T22:13:22Z,12,b\r\n");
}

TEST_CASE("a window added again replaces its samples") {
  const History again = history({window(kTime, {{{}, 1}}), window(kTime + seconds(1), {{{}, 2}}),
                                 window(kTime + seconds(1), {{{}, 3}})});
  CHECK(csv(again) ==
        "time,value\r\n"
        "2023-11-14T22:13:20Z,1\r\n"
        "2023-11-14T22:13:21Z,3\r\n");
}

TEST_CASE("series are sorted by label set, whenever they were first seen") {
  const History unsorted = history({window(kTime, {{{{"name", "b"}}, 1}}),
                                    window(kTime, {{{{"a", "z"}, {"name", "b"}}, 2}}),
                                    window(kTime, {{{{"name", "a"}}, 3}, {{{"x", "y"}}, 4}})});
  CHECK(openmetrics(unsorted, {"m", MetricType::gauge, "H"}) ==
        "# TYPE m gauge\n# HELP m H\n"
        "m{a=\"z\",name=\"b\"} 2 1700000000\n"
        "m{name=\"a\"} 3 1700000000\n"
        "m{name=\"b\"} 1 1700000000\n"
        "m{x=\"y\"} 4 1700000000\n");
}

TEST_CASE("values read back to the same bits") {
  std::mt19937_64 random(1);
  std::vector<double> values;
  History many;
  for (int i = 0; i < 2000; ++i) {
    const auto value = std::bit_cast<double>(random());
    values.push_back(value == value ? value : 0.1);
    many.add(window(kTime + seconds(i), {{{}, values.back()}}));
  }
  const std::string text = json(many);
  std::size_t position = 0;
  for (const double value : values) {
    position = text.find(",\"", text.find("[17", position)) + 2;
    REQUIRE(std::bit_cast<std::uint64_t>(std::strtod(text.c_str() + position, nullptr)) ==
            std::bit_cast<std::uint64_t>(value));
  }
}

TEST_CASE("a long document comes in pieces that make up the whole, until one is refused") {
  History many;
  for (int i = 0; i < 20000; ++i) many.add(window(kTime + seconds(i), {{{{"l", kAwkward}}, 0.1}}));
  const std::vector<std::function<void(const TextOut&)>> writers = {
      [&](const TextOut& out) {
        write_openmetrics({"m", MetricType::gauge, "H"}, many, out);
      },
      [&](const TextOut& out) { write_json("m", many, out); },
      [&](const TextOut& out) { write_csv(many, out); }};
  for (const auto& write : writers) {
    std::size_t longest = 0;
    std::size_t pieces = 0;
    std::string last;
    write([&](std::string_view piece) {
      longest = std::max(longest, piece.size());
      ++pieces;
      last = piece;
    });
    CHECK(longest < 70000);
    CHECK(pieces > 5);
    CHECK(last.ends_with('\n'));
    pieces = 0;
    CHECK_THROWS_AS(write([&](std::string_view) {
                      if (++pieces == 2) throw std::runtime_error("full");
                    }),
                    std::runtime_error);
    CHECK(pieces == 2);
  }
}

}  // namespace
}  // namespace downsampled
