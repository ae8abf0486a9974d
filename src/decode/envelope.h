// What a reply says about itself, around its series: whether the query succeeded, and of what type
// the result is. The keys may come in any order, so the verdict waits for the end of the reply.
// Plain data.
#pragma once

#include <string>

#include "decode/place.h"

namespace downsampled {

struct Envelope {
  std::string status;  ///< empty: not there (yet)
  std::string error_type;
  std::string error;
  std::string result_type;
  bool has_data = false;
  bool has_result = false;

  bool failed() const { return status == "error"; }

  /// Throws Error{malformed_reply} when the result is no matrix.
  void check_result_type(const Place& place) const;

  /// Throws unless this is a complete, successful reply: Error{query_error} with the words of the
  /// server, or Error{malformed_reply}.
  void check(const Place& place) const;
};

}  // namespace downsampled
