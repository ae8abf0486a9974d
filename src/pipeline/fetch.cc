#include "pipeline/fetch.h"

#include <optional>

#include "base/log.h"
#include "decode/api_error.h"
#include "query/failure.h"
#include "query/plan.h"

namespace downsampled {
namespace {

void report(const ReplySummary& summary, std::string_view expr, const Stages& stages) {
  stages.source.warnings.Increment(static_cast<double>(summary.warnings.size()));
  for (const std::string& warning : summary.warnings) {
    log::warn("the source sent a warning", {{"expr", expr}, {"warning", warning}});
  }
  if (summary.partial) {
    stages.source.warnings.Increment();
    log::warn("the source sent a partial answer: some of its storage did not answer",
              {{"expr", expr}});
  }
  for (const std::string& info : summary.infos) {
    log::info("the source sent a remark", {{"expr", expr}, {"info", info}});
  }
}

/// One request; the error that ended it, or empty when its series were all taken.
std::optional<Error> fetch_piece(const RangeQuery& query, const SeriesTaker& taker,
                                 const Stages& stages, std::stop_token stop) {
  RangeDecoder decoder(stages.decode_limits, taker.take);
  const QueryReply reply = stages.querier.run(query, decoder, stop);
  if (!reply.ok()) {
    const ApiError said = decode_api_error(reply.error_body).value_or(ApiError{});
    const Error error = classify(reply, said.type, said.message);
    return Error(error.reason(), error.message(), reply.retry_after);
  }
  decoder.finish();
  report(decoder.summary(), query.expr, stages);
  return std::nullopt;
}

}  // namespace

void fetch(std::string_view expr, const Grid& grid, const SeriesTaker& taker, const Stages& stages,
           std::stop_token stop) {
  Plan plan(grid, stages.max_points);
  while (const std::optional<Grid> piece = plan.next()) {
    const std::optional<Error> error =
        fetch_piece({.expr = expr, .grid = *piece}, taker, stages, stop);
    if (!error) continue;
    if (kind_of(error->reason()) != FailureKind::too_big || !plan.halve()) throw *error;
    stages.source.retries.Increment();
    taker.restart();
  }
}

}  // namespace downsampled
