// The doorway to simdjson: reads the parts of a reply that are small, one framed value at a time,
// and validates them fully (grammar, escapes, UTF-8, surrogates).
// Every text must be followed by ReplyBuffer::kPadding readable bytes. All functions throw
// Error{malformed_reply} that names the place. Views live until the next call. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decode/place.h"
#include "model/label_set.h"

namespace downsampled {

class JsonReader {
 public:
  JsonReader();
  ~JsonReader();

  /// Accepts any valid JSON value.
  void check(std::string_view json, const Place& place);

  /// A string, unescaped.
  std::string_view text(std::string_view json, const Place& place);

  /// An array of strings; null is none.
  std::vector<std::string> texts(std::string_view json, const Place& place);

  bool truth(std::string_view json, const Place& place);

  /// An object of strings, with unique names that are not empty.
  LabelSet labels(std::string_view json, const Place& place);

  /// The same, or empty when `json` is not valid JSON.
  std::optional<LabelSet> labels_if_valid(std::string_view json, const Place& place);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace downsampled
