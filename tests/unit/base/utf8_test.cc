#include "base/utf8.h"

#include <doctest/doctest.h>

#include <string>

using namespace downsampled;

TEST_CASE("characters of one to four bytes are valid") {
  CHECK(utf8_length("a") == 1);
  CHECK(utf8_length("é") == 2);
  CHECK(utf8_length("日") == 3);
  CHECK(utf8_length("🦀") == 4);
  CHECK(utf8_length("\xf4\x8f\xbf\xbf") == 4);  // U+10FFFF
  CHECK(utf8_length("") == 0);
  CHECK(utf8_valid_prefix("aé日🦀") == 10);
}

TEST_CASE("overlong forms, surrogates, stray and missing bytes are not") {
  for (const std::string text :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe6\x97", "\xf0\x9f\xa6", "\xc3(",
        "\xe6\x97(", "\xe6(\xa5"}) {
    CAPTURE(text);
    CHECK(utf8_length(text) == 0);
    CHECK(utf8_valid_prefix("ok" + std::string(text)) == 2);
  }
}
