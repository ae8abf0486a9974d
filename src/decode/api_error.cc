#include "decode/api_error.h"

#include <simdjson.h>

namespace downsampled {
namespace {

std::string text_at(const simdjson::dom::element& body, const char* key) {
  std::string_view text;
  return body[key].get(text) ? std::string() : std::string(text);
}

}  // namespace

std::optional<ApiError> decode_api_error(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  if (parser.parse(body.data(), body.size()).get(element)) return std::nullopt;
  if (text_at(element, "status") != "error") return std::nullopt;
  return ApiError{text_at(element, "errorType"), text_at(element, "error")};
}

}  // namespace downsampled
