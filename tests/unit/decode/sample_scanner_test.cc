#include "decode/sample_scanner.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <random>
#include <string>

using namespace downsampled;

namespace {

/// What a scan of `text` gives when the text is followed by `after`; the padding is the scanner's.
std::optional<std::int64_t> milliseconds(const std::string& text, char after = ',') {
  const std::string padded = text + after + std::string(8, '\0');
  Timestamp time;
  const ScanEnd at = scan_time(padded.data(), padded.data() + text.size() + 1, time);
  if (at.stop != Stop::complete || at.position != padded.data() + text.size()) return std::nullopt;
  return time.time_since_epoch().count();
}

/// The bits of the double that the text of a sample's value is read as.
std::optional<std::uint64_t> bits(const std::string& text) {
  const std::string sample = "[1,\"" + text + "\"]";
  const std::string padded = sample + std::string(8, '\0');
  std::vector<Sample> samples;
  const ScanEnd at = scan_samples(padded.data(), padded.data() + sample.size(), samples);
  if (at.stop != Stop::complete) return std::nullopt;
  return std::bit_cast<std::uint64_t>(samples.at(0).value);
}

std::optional<std::uint64_t> strtod_bits(const std::string& text) {
  return std::bit_cast<std::uint64_t>(std::strtod(text.c_str(), nullptr));
}

}  // namespace

TEST_CASE("seconds are read as milliseconds, exactly") {
  CHECK(milliseconds("0") == 0);
  CHECK(milliseconds("1435781430") == 1435781430000);
  CHECK(milliseconds("1435781430.7") == 1435781430700);
  CHECK(milliseconds("1435781430.78") == 1435781430780);
  CHECK(milliseconds("1435781430.781") == 1435781430781);
  CHECK(milliseconds("1.435781430781e9") == 1435781430781);
  CHECK(milliseconds("1.435781430781E+09") == 1435781430781);
  CHECK(milliseconds("1435781430781e-3") == 1435781430781);
  CHECK(milliseconds("14357814e2") == 1435781400000);
  CHECK(milliseconds("0.001") == 1);
  CHECK(milliseconds("1e-3") == 1);
  CHECK(milliseconds("-62135596800.5") == -62135596800500);
  CHECK(milliseconds("9007199254740.993") == 9007199254740993);
  CHECK(milliseconds("0e999") == 0);
}

TEST_CASE("what is finer than a millisecond is rounded to the nearest") {
  CHECK(milliseconds("1435781430.7814") == 1435781430781);
  CHECK(milliseconds("1435781430.7815") == 1435781430782);
  CHECK(milliseconds("1435781430.7814999999999999999999") == 1435781430781);
  CHECK(milliseconds("1435781430.78149999999999999999990000000000") == 1435781430781);
  CHECK(milliseconds("1435781430.9995") == 1435781431000);
  CHECK(milliseconds("1.4357814307810000000000000e9") == 1435781430781);
  CHECK(milliseconds("-0.0006") == -1);
  CHECK(milliseconds("0.0004999") == 0);
  CHECK(milliseconds("1e-999") == 0);
}

TEST_CASE("a time that milliseconds cannot hold is refused") {
  CHECK(milliseconds("9000000000000000") == 9000000000000000000);
  CHECK_FALSE(milliseconds("9300000000000000").has_value());
  CHECK_FALSE(milliseconds("1e16").has_value());
  CHECK_FALSE(milliseconds("12345678901234567890").has_value());
  CHECK_FALSE(milliseconds("1e99999999999999999999").has_value());
  CHECK_FALSE(milliseconds("0.00000000000000000000001e30").has_value());
}

TEST_CASE("a time printed in any form reads back") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto time = static_cast<std::int64_t>(random() % 4'000'000'000'000);
    const std::string digits = std::to_string(time);
    REQUIRE(milliseconds(fmt::format("{}.{:03}", time / 1000, time % 1000)) == time);
    REQUIRE(milliseconds(fmt::format("{}", static_cast<double>(time) / 1000)) == time);
    REQUIRE(milliseconds(fmt::format("{:.17e}", static_cast<double>(time) / 1000)) == time);
    REQUIRE(milliseconds(fmt::format("{}e-3", digits)) == time);
    REQUIRE(milliseconds(fmt::format("{}.{}e{}", digits[0], digits.substr(1) + "0",
                                     static_cast<int>(digits.size()) - 4)) == time);
  }
}

TEST_CASE("values are read bit for bit as strtod reads them") {
  for (const char* text : {"0",
                           "-0",
                           "1",
                           "-1",
                           "0.1",
                           "-0.30000000000000004",
                           "5e-324",
                           "2.2250738585072014e-308",
                           "1.7976931348623157e308",
                           "9007199254740993",
                           "9007199254740992",
                           "999999999999999",
                           "1234567890123456",
                           "12345678",
                           "-99999999",
                           "123456789012345678901234567890",
                           "1e22",
                           "1e23",
                           "00012",
                           "8.5e+3",
                           "1E5",
                           "0.000000000000000000000000000001"}) {
    CAPTURE(text);
    CHECK(bits(text) == strtod_bits(text));
  }
  CHECK(bits("NaN") == std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN()));
  CHECK(bits("+Inf") == strtod_bits("inf"));
  CHECK(bits("Inf") == strtod_bits("inf"));
  CHECK(bits("-Inf") == strtod_bits("-inf"));
}

TEST_CASE("any double that Prometheus prints reads back to the same bits") {
  std::mt19937_64 random(2);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (value != value || value - value != 0) continue;  // NaN, ±Inf
    char text[400];  // `f` with as many digits as needed, as Go's FormatFloat(v, 'f', -1, 64)
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr;
    REQUIRE(bits({text, end}) == std::bit_cast<std::uint64_t>(value));
    REQUIRE(bits(fmt::format("{}", value)) == std::bit_cast<std::uint64_t>(value));
  }
}

TEST_CASE("a sample that is not all there is incomplete, and leaves nothing behind") {
  const std::string all = R"([1435781430.781e0 , "-12345678.5e-3" ] )";
  for (std::size_t length = 0; length < all.rfind(']') + 1; ++length) {
    CAPTURE(length);
    const std::string padded = all.substr(0, length) + std::string(8, '\0');
    std::vector<Sample> samples;
    const ScanEnd at = scan_samples(padded.data(), padded.data() + length, samples);
    REQUIRE(at.stop == Stop::incomplete);
    REQUIRE(at.position == padded.data());
    REQUIRE(samples.empty());
  }
}

TEST_CASE("a sample is refused when it is longer than any number is") {
  const auto scan = [](std::size_t zeros) {
    const std::string sample = "[1,\"0." + std::string(zeros, '0') + "\"]";
    const std::string padded = sample + std::string(8, '\0');
    std::vector<Sample> samples;
    return scan_samples(padded.data(), padded.data() + sample.size(), samples).stop;
  };
  CHECK(scan(kMaxSampleBytes - 8) == Stop::complete);
  CHECK(scan(kMaxSampleBytes - 7) == Stop::too_long);
}
