#include "decode/place.h"

#include <fmt/format.h>

#include <string>

#include "base/error.h"

namespace downsampled {

void malformed(const Place& place, std::string_view what) {
  const std::string series = place.series == 0 ? "" : fmt::format(", in series {}", place.series);
  throw Error(Reason::malformed_reply,
              fmt::format("malformed reply at byte {}{}: {}", place.byte, series, what));
}

}  // namespace downsampled
