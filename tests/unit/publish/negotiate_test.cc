#include "publish/negotiate.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace downsampled {
namespace {

bool wants_openmetrics(std::string_view accept) {
  return negotiate_format(accept) == ExpositionFormat::openmetrics;
}

bool wants_gzip(std::string_view accept_encoding) {
  return negotiate_encoding(accept_encoding) == Encoding::gzip;
}

TEST_CASE("scrapers get the format that they prefer") {
  // Prometheus 2.42, 2.20 and 3.0.
  CHECK(
      wants_openmetrics("application/openmetrics-text;version=1.0.0,"
                        "application/openmetrics-text;version=0.0.1;q=0.75,"
                        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"));
  CHECK_FALSE(
      wants_openmetrics("application/openmetrics-text; version=0.0.1,"
                        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"));
  CHECK(
      wants_openmetrics("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                        "application/openmetrics-text;version=0.0.1;q=0.5,"
                        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                        "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"));
  // curl and browsers.
  CHECK_FALSE(wants_openmetrics(""));
  CHECK_FALSE(wants_openmetrics("*/*"));
  CHECK_FALSE(wants_openmetrics("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
}

TEST_CASE("weights decide, and among equals the order") {
  CHECK(wants_openmetrics("text/plain;q=0.5, application/openmetrics-text;q=0.6"));
  CHECK_FALSE(wants_openmetrics("text/plain;q=0.7, application/openmetrics-text;q=0.65"));
  CHECK(wants_openmetrics("application/openmetrics-text, text/plain"));
  CHECK_FALSE(wants_openmetrics("text/plain, application/openmetrics-text"));
  CHECK_FALSE(wants_openmetrics("application/openmetrics-text;q=0"));
  CHECK_FALSE(wants_openmetrics("application/openmetrics-text;q=0.5, */*"));
  CHECK(wants_openmetrics("Application/OpenMetrics-Text ; Version=\"1.0.0\" ; Q=1.000"));
}

TEST_CASE("gzip is used where it is accepted") {
  CHECK(wants_gzip("gzip"));
  CHECK(wants_gzip("deflate, GZIP;q=1.0, *;q=0.5"));
  CHECK(wants_gzip("x-gzip"));
  CHECK(wants_gzip("*"));
  CHECK(wants_gzip("identity;q=0.5, gzip"));
  CHECK_FALSE(wants_gzip(""));
  CHECK_FALSE(wants_gzip("br, deflate"));
  CHECK_FALSE(wants_gzip("gzip;q=0"));
  CHECK_FALSE(wants_gzip("gzip;q=0.000, *"));
  CHECK_FALSE(wants_gzip("identity, gzip;q=0.5"));
  CHECK_FALSE(wants_gzip("gzipped"));
}

TEST_CASE("a weight that is none refuses its element") {
  for (const char* weight :
       {"", "x", "2", "-1", "1.5", "1.0000", "0.5x", "nan", "inf", "1e3", ".5"}) {
    CHECK_FALSE_MESSAGE(wants_gzip(std::string("gzip;q=") + weight), weight);
  }
}

TEST_CASE("garbage is taken as no wish") {
  CHECK_FALSE(wants_openmetrics(std::string(1 << 20, ',')));
  CHECK_FALSE(wants_openmetrics(std::string(1 << 20, ';')));
  CHECK_FALSE(wants_openmetrics(std::string(5000, ' ') + ",application/openmetrics-text"));
  const std::string letters = ",;=\"q10. */gzip\0\xff";
  std::mt19937 random(1);
  for (int i = 0; i < 100000; ++i) {
    std::string text(random() % 30, ' ');
    for (char& c : text) c = letters[random() % letters.size()];
    negotiate_format(text);  // must not crash; the sanitizers look on
    negotiate_encoding(text);
  }
}

}  // namespace
}  // namespace downsampled
