// The catch site of evaluations: an Error ends the attempt and not the daemon. Pure.
#pragma once

#include <optional>

#include "base/error.h"

namespace downsampled {

/// Does the work; the error that ended it, if one did.
template <typename Work>
std::optional<Error> attempt(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace downsampled
