// One expression over one grid, whatever number of requests that takes: plan, query, decode. What
// is learned from their replies, and from refusals, is for the next fetch, too. Runs on the
// evaluating thread.
#pragma once

#include <functional>
#include <string_view>

#include "model/series.h"
#include "model/window.h"
#include "pipeline/stages.h"

namespace downsampled {

/// Takes what a fetch yields. `restart` says that all series so far are void: a reply broke off in
/// the middle, and the query starts again from the first point, in smaller requests.
struct SeriesTaker {
  std::function<void(const Series&)> take;
  std::function<void()> restart;
};

/// Streams every series of the answer, a long grid in several pieces in the order of time: what is
/// made of them must not depend on the cuts. A piece that is too big for the source is asked again
/// in halves, down to one step.
/// Throws Error with the reason of the first failure that smaller requests cannot mend.
void fetch(std::string_view expr, const Grid& grid, const SeriesTaker& taker, const Stages& stages,
           const Deadline& deadline);

}  // namespace downsampled
