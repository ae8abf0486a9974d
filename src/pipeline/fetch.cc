#include "pipeline/fetch.h"

#include <chrono>
#include <optional>
#include <string>

#include "decode/api_error.h"
#include "query/failure.h"
#include "query/plan.h"

namespace downsampled {
namespace {

struct PieceOutcome {
  std::optional<Error> error;  ///< empty: all series were taken
  bool silent = false;         ///< not one byte of a reply came
};

/// One request.
PieceOutcome fetch_piece(const RangeQuery& query, const SeriesTaker& taker, const Stages& stages,
                         std::stop_token stop) {
  RangeDecoder decoder(stages.decode_limits, taker.take);
  const QueryReply reply = stages.querier.run(query, decoder, stop);
  if (!reply.ok()) {
    const ApiError said = decode_api_error(reply.error_body).value_or(ApiError{});
    const Error error = classify(reply, said.type, said.message);
    return {Error(error.reason(), error.message(), reply.retry_after), reply.status == 0};
  }
  decoder.finish();
  const ReplySummary& summary = decoder.summary();
  stages.source.warnings.Increment(
      static_cast<double>(summary.warnings.size() + (summary.partial ? 1 : 0)));
  stages.remarks.report(std::string(query.expr), summary);
  return {};
}

Duration time_left(const Stages& stages, const Deadline& deadline) {
  const auto left = std::chrono::ceil<Duration>(deadline.time - stages.clock.steady_now());
  if (left > Duration::zero()) return left;
  throw Error(Reason::timeout,
              "the time for this evaluation is over: the source answers too slowly for the "
              "interval and --query.timeout");
}

}  // namespace

void fetch(std::string_view expr, const Grid& grid, const SeriesTaker& taker, const Stages& stages,
           const Deadline& deadline) {
  Plan plan(grid, stages.max_points);
  while (const std::optional<Grid> piece = plan.next()) {
    const RangeQuery query{.expr = expr, .grid = *piece, .timeout = time_left(stages, deadline)};
    const auto [error, silent] = fetch_piece(query, taker, stages, deadline.stop);
    if (!error) continue;
    // A source that hangs is not asked for less: each time would cost the whole timeout.
    const bool too_big = kind_of(error->reason()) == FailureKind::too_big && !silent;
    const bool time_over = stages.clock.steady_now() >= deadline.time;
    if (!too_big || time_over || !plan.halve()) throw *error;
    stages.source.retries.Increment();
    taker.restart();
  }
}

}  // namespace downsampled
