#include "base/duration.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

using namespace downsampled;
using namespace std::chrono_literals;

TEST_CASE("durations are read as Prometheus reads them") {
  CHECK(parse_duration("0") == 0ms);
  CHECK(parse_duration("0s") == 0ms);
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("1h30m") == 90min);
  CHECK(parse_duration("90m") == 90min);
  CHECK(parse_duration("1y2w3d4h5m6s7ms") == (365 + 14 + 3) * 24h + 4h + 5min + 6s + 7ms);
  CHECK(parse_duration("00015s") == 15s);
}

TEST_CASE("what is no duration is refused") {
  for (const std::string text : {"", " ", "1", "15", "-1s", "+1s", "1.5h", "1 h", "h", "1x",
                                 "30m1h", "1h1h", "1h ", "1ms1s", "1H", "1h30", "0x1s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("a duration may be 292 years and no longer") {
  CHECK(parse_duration("292y") == 292 * 365 * 24h);
  CHECK_FALSE(parse_duration("293y").has_value());
  CHECK_FALSE(parse_duration("292y60w").has_value());
  CHECK_FALSE(parse_duration("99999999999999999999s").has_value());
  CHECK_FALSE(parse_duration("9223372036854775807ms").has_value());
}

TEST_CASE("durations are printed as Prometheus prints them") {
  CHECK(format_duration(0ms) == "0s");
  CHECK(format_duration(15s) == "15s");
  CHECK(format_duration(90min) == "1h30m");
  CHECK(format_duration(24h) == "1d");
  CHECK(format_duration(25h) == "25h");
  CHECK(format_duration(7 * 24h) == "1w");
  CHECK(format_duration(8 * 24h) == "8d");
  CHECK(format_duration(365 * 24h) == "1y");
  CHECK(format_duration(366 * 24h) == "366d");
  CHECK(format_duration(1500ms) == "1s500ms");
  CHECK(format_duration(-90s) == "-1m30s");
}

TEST_CASE("what was printed is read back to the same duration") {
  for (std::int64_t n = 1; n < 4'000'000'000'000; n = n * 3 + 7) {
    CHECK(parse_duration(format_duration(Duration(n))) == Duration(n));
  }
}

TEST_CASE("RFC 3339 and Unix seconds name the same time") {
  const Timestamp time{Duration(1767323045678)};
  CHECK(parse_timestamp("2026-01-02T03:04:05.678Z") == time);
  CHECK(parse_timestamp("2026-01-02t03:04:05.678z") == time);
  CHECK(parse_timestamp("2026-01-02T05:04:05.678+02:00") == time);
  CHECK(parse_timestamp("2026-01-01T23:34:05.678-03:30") == time);
  CHECK(parse_timestamp("2026-01-02T03:04:05.678999Z") == time);
  CHECK(parse_timestamp("1767323045.678") == time);
  CHECK(parse_timestamp("1767323045") == time - 678ms);
  CHECK(parse_timestamp("1.767323045678e9") == time);
  CHECK(parse_timestamp("-1") == Timestamp(-1s));
  // What is below a millisecond is cut, not rounded, or the end of a window would come early.
  CHECK(parse_timestamp("1767323045.9996") == time + 321ms);
  CHECK(parse_timestamp("2026-01-02T03:04:05.9996Z") == time + 321ms);
  for (int fraction = 0; fraction < 1000; ++fraction) {
    const Timestamp exact = time - 678ms + Duration(fraction);
    CHECK(parse_timestamp(fmt::format("1767323045.{:03}", fraction)) == exact);
  }
}

TEST_CASE("what is no time is refused") {
  for (const std::string text :
       {"", "now", "2026-01-02", "2026-01-02T03:04:05", "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-01-02T24:00:00Z", "2026-01-02T03:60:00Z",
        "2026-01-02T03:04:60Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Z ",
        "2026-01-02T03:04:05+0200", "NaN", "Inf", "-Inf", "1e300", "12s", "0x10"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_timestamp(text).has_value());
  }
}

TEST_CASE("times are printed in UTC, with milliseconds where there are some") {
  CHECK(format_timestamp(Timestamp(Duration(1767323045678))) == "2026-01-02T03:04:05.678Z");
  CHECK(format_timestamp(Timestamp(Duration(1767323045000))) == "2026-01-02T03:04:05Z");
  CHECK(format_timestamp(Timestamp(Duration(-1))) == "1969-12-31T23:59:59.999Z");
  CHECK(parse_timestamp(format_timestamp(Timestamp(Duration(951782399999)))) ==
        Timestamp(Duration(951782399999)));
}
