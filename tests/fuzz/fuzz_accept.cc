// Feeds any bytes to what reads the Accept and Accept-Encoding headers of a scrape.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "publish/negotiate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  downsampled::negotiate_format(header);
  downsampled::negotiate_encoding(header);
  return 0;
}
