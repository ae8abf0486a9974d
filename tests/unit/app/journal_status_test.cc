#include "app/journal_status.h"

#include <doctest/doctest.h>

namespace downsampled {
namespace {

TEST_CASE("sizes are in the unit that people would use") {
  CHECK(format_size(0) == "0 B");
  CHECK(format_size(1023) == "1023 B");
  CHECK(format_size(1024) == "1.0 KiB");
  CHECK(format_size(1536) == "1.5 KiB");
  CHECK(format_size(std::uintmax_t{3} << 20) == "3.0 MiB");
  CHECK(format_size(std::uintmax_t{3} << 30) == "3.0 GiB");
  CHECK(format_size(std::uintmax_t{5000} << 40) == "5000.0 TiB");
}

TEST_CASE("an empty journal has nothing to say but that") {
  Store store(":memory:");
  const std::string text = status_text(store);
  CHECK(text.find("windows   0\n") != text.npos);
  CHECK(text.find("oldest    -\n") != text.npos);
  CHECK(text.find("rule group") == text.npos);
  CHECK(text.find("\nsinks: none\n") != text.npos);
}

}  // namespace
}  // namespace downsampled
