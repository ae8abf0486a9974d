// An answer that lacks some of the data, which a server may give where a store of its own is away.
// Pure.
#pragma once

#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "decode/range_decoder.h"

namespace downsampled {

/// Why a reply must not be recorded, in the server's words; nothing when it is whole.
/// VictoriaMetrics marks a partial answer. Thanos and Prometheus (of its remote reads) only warn,
/// of whatever they do without; what Prometheus remarks on an expression starts with words of its
/// own, and is none of it: https://thanos.io/tip/components/query.md/#partial-response and
/// util/annotations of Prometheus. Thanos also warns where no store has that time: an empty answer
/// about what is `age` ago, more than a day, is then taken for what it is.
std::optional<Error> partial_answer(const ReplySummary& summary, Duration age);

}  // namespace downsampled
