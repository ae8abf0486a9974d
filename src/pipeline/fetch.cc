#include "pipeline/fetch.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "decode/api_error.h"
#include "pipeline/partial_answer.h"
#include "query/failure.h"
#include "query/one_line.h"
#include "query/plan.h"

namespace downsampled {
namespace {

struct PieceOutcome {
  std::optional<Error> error;  ///< empty: all series were taken
  bool silent = false;         ///< not one byte of a reply came
  bool taken = false;          ///< at least one series was
  ReplyWeight weight = {};
};

/// One request.
PieceOutcome fetch_piece(const RangeQuery& query, const SeriesTaker& taker, const Stages& stages,
                         std::stop_token stop) {
  RangeDecoder decoder(stages.decode_limits, taker.take);
  const QueryReply reply = stages.querier.run(query, decoder, stop);
  const ReplySummary& summary = decoder.summary();
  if (!reply.ok()) {
    const ApiError said = decode_api_error(reply.error_body).value_or(ApiError{});
    const Error error = classify(reply, said.type, said.message);
    return {.error = Error(error.reason(), error.message(), reply.retry_after),
            .silent = reply.status == 0,
            .taken = summary.series > 0};
  }
  decoder.finish();
  stages.source.warnings.Increment(
      static_cast<double>(summary.warnings.size() + (summary.partial ? 1 : 0)));
  const Duration age = stages.clock.now() - query.grid.last();
  auto partial = stages.allow_partial ? std::nullopt : partial_answer(summary, age);
  if (partial) return {.error = std::move(partial)};
  stages.remarks.report(std::string(query.expr), summary);
  return {.weight = {.label_bytes = summary.label_bytes,
                     .sample_bytes = summary.bytes - summary.label_bytes}};
}

Duration time_left(const Stages& stages, const Deadline& deadline) {
  const auto left = std::chrono::ceil<Duration>(deadline.time - stages.clock.steady_now());
  if (left > Duration::zero()) return left;
  throw Error(Reason::timeout,
              "the time for this evaluation is over: the source answers too slowly for the "
              "interval and --query.timeout");
}

Refusal refusal_of(const PieceOutcome& outcome) {
  if (outcome.silent) return Refusal::silent;
  return outcome.error->reason() == Reason::query_too_large ? Refusal::told : Refusal::broken;
}

/// Remembers it, and says so where it is news.
void learn_refused(const RangeQuery& query, const PieceOutcome& outcome, Guarded<QuerySize>& size,
                   const Stages& stages) {
  const bool known = size.lock()->limited();
  size.lock()->refused(query.grid.count, refusal_of(outcome));
  stages.source.limited.Set(static_cast<double>(stages.sizes.limited()));
  if (outcome.silent) return;
  const auto level = known ? log::debug : log::info;
  level("a query is too big for the source; it is asked in shorter pieces from now on",
        {{"source", stages.source.source},
         {"expr", one_line(query.expr)},
         {"points", query.grid.count},
         {"reason", to_string(outcome.error->reason())},
         {"error", outcome.error->message()}});
}

void learn_finished(std::int64_t points, Guarded<QuerySize>& size, const Stages& stages) {
  const bool limited = size.lock()->limited();
  size.lock()->finished(points);
  if (limited) stages.source.limited.Set(static_cast<double>(stages.sizes.limited()));
}

/// What no shorter query mends.
Error even_one_step(const Error& error, const RangeQuery& query) {
  return Error(error.reason(),
               fmt::format("even a single step of `{}` is too big for the source: let the rule "
                           "select or return fewer series, or raise the limit of the source; {}",
                           one_line(query.expr, 120), error.message()),
               error.retry_after());
}

}  // namespace

void fetch(std::string_view expr, const Grid& grid, const SeriesTaker& taker, const Stages& stages,
           const Deadline& deadline) {
  Guarded<QuerySize>& size = stages.sizes.of(expr, grid.step);
  Plan plan(grid);
  while (const auto piece = plan.next(size.lock()->points(stages.sizes.bounds()))) {
    const RangeQuery query{.expr = expr, .grid = *piece, .timeout = time_left(stages, deadline)};
    const PieceOutcome outcome = fetch_piece(query, taker, stages, deadline.stop);
    if (!outcome.error) {
      size.lock()->answered(piece->count, outcome.weight);
      continue;
    }
    const Error& error = *outcome.error;
    if (kind_of(error.reason()) != FailureKind::too_big) throw error;
    learn_refused(query, outcome, size, stages);
    // A source that hangs is not asked for less: each time would cost the whole timeout.
    if (outcome.silent || stages.clock.steady_now() >= deadline.time) throw error;
    if (piece->count == 1) throw even_one_step(error, query);
    stages.source.retries.Increment();
    stages.source.splits.Increment();
    if (outcome.taken) {
      plan.restart();
      taker.restart();
    } else {
      plan.again();
    }
  }
  learn_finished(grid.count, size, stages);
}

}  // namespace downsampled
