#include "decode/retention.h"

#include <simdjson.h>

#include "base/duration.h"

namespace downsampled {

std::optional<Duration> decode_retention(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  if (parser.parse(body.data(), body.size()).get(element)) return std::nullopt;
  std::string_view text;
  if (element["data"]["storageRetention"].get(text)) return std::nullopt;
  const auto retention = parse_duration(text.substr(0, text.find(' ')));
  return retention > Duration::zero() ? retention : std::nullopt;
}

}  // namespace downsampled
