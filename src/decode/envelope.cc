#include "decode/envelope.h"

#include <fmt/format.h>

#include "base/error.h"

namespace downsampled {

void Envelope::check_result_type(const Place& place) const {
  if (result_type == "matrix") return;
  malformed(place, fmt::format("the result is of type {:?}, but a range query must answer a matrix",
                               result_type));
}

void Envelope::check(const Place& place) const {
  if (failed()) {
    throw Error(Reason::query_error,
                fmt::format("the server answered with an error: {}: {}", error_type, error));
  }
  if (status.empty()) malformed(place, "the reply has no status");
  if (status != "success") {
    malformed(place, fmt::format("the status is neither success nor error, but {:?}", status));
  }
  if (!has_data) malformed(place, "the reply has no data");
  if (!has_result) malformed(place, "the data has no result");
  check_result_type(place);
}

}  // namespace downsampled
