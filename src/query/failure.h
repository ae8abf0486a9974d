// What it means that a range query failed, and what follows from it: the three kinds of failure of
// the design, never mixed up. Pure.
#pragma once

#include <string_view>

#include "base/error.h"
#include "query/querier.h"

namespace downsampled {

enum class FailureKind {
  not_now,  ///< the same query may work later: back off, learn nothing
  too_big,  ///< a smaller query may work: halve
  wrong,    ///< no retry will help: an error at once
};

FailureKind kind_of(Reason reason) noexcept;

/// Whether the same evaluation may work later in the same slot: not only what is not_now, but also
/// a timeout or a broken transfer that smaller requests did not mend.
bool may_pass(Reason reason) noexcept;

/// The error of a reply that is not ok(). `error_type` and `error_message` are `errorType` and
/// `error` of a Prometheus error body, empty where the body is none; then the body itself is
/// quoted, in one line. The message says which setting to look at.
Error classify(const QueryReply& reply, std::string_view error_type,
               std::string_view error_message);

}  // namespace downsampled
