#include "model/exposition.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

#include "support/golden.h"

namespace downsampled {
namespace {

std::string sample(const LabelSet& labels, double value = 1) {
  std::string text;
  append_sample(text, "x", labels, value);
  return text;
}

std::string header(ExpositionFormat format, const FamilyHeader& family) {
  std::string text;
  append_header(text, format, family);
  return text;
}

/// A page with everything that is written differently in the two formats.
std::string page(ExpositionFormat format) {
  const LabelSet labels({{"namespace", "seldon"}, {"name", "a \"quoted\\path\"\nof two lines"}});
  std::string text;
  append_header(text, format,
                {"model_memory_bytes", MetricType::gauge, "Said \"so\",\nin C:\\.", "bytes"});
  append_sample(text, "model_memory_bytes", labels, 1.5e9);
  append_header(text, format,
                {"model_cpu_usage_seconds_total", MetricType::gauge, "A gauge.", "seconds"});
  append_sample(text, "model_cpu_usage_seconds_total", LabelSet({{"größe", "1"}, {"9", "2"}}), 0.1);
  append_header(text, format, {"requests_total", MetricType::counter, "A counter."});
  append_sample(text, "requests_total", LabelSet(), 7);
  append_header(text, format, {"odd", MetricType::unknown, ""});
  append_sample(text, "odd", LabelSet(), -std::numeric_limits<double>::infinity());
  append_end(text, format);
  return text;
}

TEST_CASE("a page in text 0.0.4 is as the golden file says") {
  const std::string text = page(ExpositionFormat::text);
  CHECK(text == golden("exposition.txt", text));
}

TEST_CASE("a page in OpenMetrics is as the golden file says") {
  const std::string text = page(ExpositionFormat::openmetrics);
  CHECK(text == golden("exposition.openmetrics", text));
}

TEST_CASE("any double reads back to the same bits") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200000; ++i) {
    // Every eighth is subnormal.
    const std::uint64_t mask = i % 8 == 0 ? 0x800fffffffffffff : ~std::uint64_t{0};
    const auto value = std::bit_cast<double>(random() & mask);
    if (std::isnan(value)) continue;
    const std::string text = format_value(value);
    const double back = std::strtod(text.c_str(), nullptr);
    REQUIRE_MESSAGE(std::bit_cast<std::uint64_t>(back) == std::bit_cast<std::uint64_t>(value),
                    text);
  }
}

TEST_CASE("values that are no plain numbers have Prometheus's spelling") {
  CHECK(format_value(std::numeric_limits<double>::infinity()) == "+Inf");
  CHECK(format_value(-std::numeric_limits<double>::infinity()) == "-Inf");
  CHECK(format_value(std::numeric_limits<double>::quiet_NaN()) == "NaN");
  CHECK(format_value(-std::numeric_limits<double>::quiet_NaN()) == "NaN");
  CHECK(format_value(-0.0) == "-0");
  CHECK(format_value(1) == "1");
  CHECK(format_value(5e-324) == "5e-324");
}

TEST_CASE("label values are escaped, other characters stay as they are") {
  CHECK(sample(LabelSet({{"a", "\\\"\n"}})) == "x{a=\"\\\\\\\"\\n\"} 1\n");
  CHECK(sample(LabelSet({{"a", "ä{}=,\t\r"}})) == "x{a=\"ä{}=,\t\r\"} 1\n");
  CHECK(sample(LabelSet()) == "x 1\n");
}

TEST_CASE("a byte that is not UTF-8 becomes a replacement character") {
  CHECK(sample(LabelSet({{"a", "\xc3(\xff"}})) == "x{a=\"\xef\xbf\xbd(\xef\xbf\xbd\"} 1\n");
}

TEST_CASE("label names become legal, and stay different within a set") {
  CHECK(sample(LabelSet({{"a.b", "1"}})) == "x{a_b=\"1\"} 1\n");
  CHECK(sample(LabelSet({{"1a", "1"}})) == "x{_a=\"1\"} 1\n");
  CHECK(sample(LabelSet({{"größe", "1"}})) == "x{gr__e=\"1\"} 1\n");
  CHECK(sample(LabelSet({{"a-b", "1"}, {"a.b", "2"}, {"a_b", "3"}})) ==
        "x{a_b_=\"1\",a_b__=\"2\",a_b=\"3\"} 1\n");
}

TEST_CASE("UNIT stands only where it is a suffix of the name") {
  const auto unit = [](std::string_view name, std::string_view unit_name) {
    return header(ExpositionFormat::openmetrics, {name, MetricType::gauge, "", unit_name});
  };
  CHECK(unit("cpu_seconds", "seconds").find("# UNIT cpu_seconds seconds\n") != std::string::npos);
  for (const char* name : {"cpu_seconds_total", "cpuseconds", "seconds", "_seconds"}) {
    CHECK_MESSAGE(unit(name, "seconds").find("UNIT") == std::string::npos, name);
  }
  CHECK(header(ExpositionFormat::text, {"cpu_seconds", MetricType::gauge, "", "seconds"})
            .find("UNIT") == std::string::npos);
}

}  // namespace
}  // namespace downsampled
