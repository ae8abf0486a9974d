#include "query/failure.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/lower_case.h"
#include "query/one_line.h"

namespace downsampled {
namespace {

struct Wording {
  std::string_view text;  // in lower case
  Reason reason;
};

// How servers say that less would have worked.
constexpr Wording kSizeWordings[] = {
    // Prometheus: web/api/v1/api.go, promql/engine.go
    {"exceeded maximum resolution of", Reason::query_too_large},
    {"would load too many samples into memory", Reason::query_too_large},
    {"query timed out", Reason::timeout},
    // Thanos store limits (pkg/store/limiter.go), and those of Mimir's and Cortex's store gateway
    {"exceeded series limit", Reason::query_too_large},
    {"exceeded chunks limit", Reason::query_too_large},
    {"exceeded samples limit", Reason::query_too_large},
    {"exceeded bytes limit", Reason::query_too_large},
    {"violated (got", Reason::query_too_large},
    // Mimir and Cortex: pkg/util/limiter, pkg/util/validation
    {"query time range exceeds the limit", Reason::query_too_large},
    {"the query exceeded the", Reason::query_too_large},  // maximum number of…, aggregated chunks…
    {"for the query exceeded the maximum allowed", Reason::query_too_large},
    {"the query hit the", Reason::query_too_large},  // max number of…, aggregated data size limit
    // any of them between its own parts, over gRPC
    {"larger than max", Reason::query_too_large},  // grpc: received message, also decompressed
    {"response size exceeds limit", Reason::query_too_large},
    {"pool exhausted", Reason::query_too_large},
    {"err-mimir-max-", Reason::query_too_large},
    {"context deadline exceeded", Reason::timeout},
    // VictoriaMetrics
    {"too many points", Reason::query_too_large},
    {"cannot select more than", Reason::query_too_large},
    {"timeseries exceeds", Reason::query_too_large},
    {"not enough memory for processing", Reason::query_too_large},
    {"timeout exceeded", Reason::timeout},
    {"-search.maxqueryduration", Reason::timeout},
    {"-search.max", Reason::query_too_large},
};

// How a Querier says, by 400 and 422, that something behind it is away: gRPC's own words
// (https://grpc.github.io/grpc/core/md_doc_statuscodes.html), and Thanos's.
constexpr std::string_view kAwayWordings[] = {
    "code = unavailable", "code = aborted",       "code = canceled",
    "context canceled",   "connection refused",   "connection reset",
    "i/o timeout",        "transport is closing", "no storeapis matched"};

// VictoriaMetrics (-denyQueriesOutsideRetention), by 503.
constexpr std::string_view kNotKept = "outside the allowed -retentionperiod";

// Limits of VictoriaMetrics that a shorter range does not change.
constexpr std::string_view kOtherLimits[] = {"-search.maxquerylen", "-search.maxconcurrentrequests",
                                             "-search.maxqueueduration"};

// Prometheus had no place for the query among --query.max-concurrency: its time ran out before it
// was looked at.
constexpr std::string_view kQueued = "query timed out in query queue";

std::optional<Reason> size_reason(std::string_view message) {
  const std::string text = lower_case(message);
  if (text.find(kQueued) != text.npos) return Reason::unavailable;
  for (const std::string_view other : kOtherLimits) {
    if (text.find(other) != text.npos) return std::nullopt;
  }
  for (const Wording& wording : kSizeWordings) {
    if (text.find(wording.text) != text.npos) return wording.reason;
  }
  return std::nullopt;
}

/// Of a refusal without words about the size.
Reason refusal_reason(std::string_view message) {
  const std::string text = lower_case(message);
  const auto says = [&](std::string_view words) { return text.find(words) != text.npos; };
  return std::ranges::any_of(kAwayWordings, says) ? Reason::unavailable : Reason::query_error;
}

Reason reason_of_status(int status, std::string_view error_type, std::string_view message) {
  switch (status) {
    case 401:
    case 403:
      return Reason::unauthorized;
    case 413:
      return Reason::query_too_large;
    case 429:
      return Reason::throttled;
    case 504:
      return Reason::timeout;
    case 400:
    case 422:
      return size_reason(message).value_or(refusal_reason(message));
    case 500:
      return size_reason(message).value_or(Reason::unavailable);
    default:
      break;
  }
  if (status == 503 && lower_case(message).find(kNotKept) != std::string::npos)
    return Reason::query_error;
  const std::optional<Reason> size = size_reason(message);
  // A VictoriaMetrics cluster answers 503 where each of its storage nodes refused.
  if (status == 503 && size == Reason::query_too_large) return *size;
  // Prometheus answers 503 when its own query timeout ran out; newer ones 499 to what it canceled.
  if (status == 503 && error_type == "timeout") return size.value_or(Reason::timeout);
  if (error_type == "canceled") return Reason::unavailable;
  return status >= 500 && status < 600 ? Reason::unavailable : Reason::http_status;
}

std::string_view advice(Reason reason, int status) {
  switch (reason) {
    case Reason::resolve:
    case Reason::connect:
      return "is PROMETHEUS_URL right, and the server up?";
    case Reason::tls:
      return "look at PROMETHEUS_URL and the --prometheus.tls-* settings";
    case Reason::timeout:
      return "--query.timeout, or the server's own, may be too short";
    case Reason::unauthorized:
      return "set PROMETHEUS_SELDON_TOKEN or --prometheus.token-file to a token that may query";
    case Reason::redirect:
      return "set PROMETHEUS_URL to where the server really is";
    case Reason::reply_too_large:
      return "a larger --query.max-reply-bytes would let it pass";
    case Reason::malformed_reply:
      return "is PROMETHEUS_URL a Prometheus?";
    case Reason::http_status:
      return status == 404 ? "is PROMETHEUS_URL right, with the server's path prefix if it has one?"
                           : "";
    case Reason::config:
    case Reason::io:
    case Reason::damaged:
    case Reason::throttled:
    case Reason::unavailable:
    case Reason::query_too_large:
    case Reason::query_error:
    case Reason::transfer_broken:
    case Reason::partial_answer:
    case Reason::duplicate_series:
    case Reason::limit_exceeded:
    case Reason::canceled:
      return "";
  }
  return "";
}

Error with_advice(Reason reason, int status, std::string message) {
  const std::string_view hint = advice(reason, status);
  if (!hint.empty()) message += fmt::format(" ({})", hint);
  return Error(reason, std::move(message));
}

}  // namespace

FailureKind kind_of(Reason reason) noexcept {
  switch (reason) {
    case Reason::io:
    case Reason::damaged:
    case Reason::resolve:
    case Reason::connect:
    case Reason::tls:
    case Reason::throttled:
    case Reason::unavailable:
    case Reason::partial_answer:
      return FailureKind::not_now;
    case Reason::timeout:
    case Reason::query_too_large:
    case Reason::transfer_broken:
      return FailureKind::too_big;
    case Reason::config:
    case Reason::reply_too_large:  // our own bound: smaller requests would bring as much in all
    case Reason::unauthorized:
    case Reason::http_status:
    case Reason::redirect:
    case Reason::query_error:
    case Reason::malformed_reply:
    case Reason::duplicate_series:
    case Reason::limit_exceeded:
    case Reason::canceled:
      return FailureKind::wrong;
  }
  return FailureKind::wrong;
}

bool may_pass(Reason reason) noexcept {
  return kind_of(reason) == FailureKind::not_now || reason == Reason::timeout ||
         reason == Reason::transfer_broken;
}

Error classify(const QueryReply& reply, std::string_view error_type,
               std::string_view error_message) {
  if (reply.failure) {
    return with_advice(reply.failure->reason(), reply.status, reply.failure->message());
  }
  // VictoriaMetrics says what went wrong at the end of a long sentence.
  constexpr std::size_t kMostOfMessage = 1000;
  const std::string detail =
      error_message.empty() ? one_line(reply.error_body) : one_line(error_message, kMostOfMessage);
  const std::string_view whole = error_message.empty() ? reply.error_body : error_message;
  const Reason reason = reason_of_status(reply.status, error_type, whole);
  std::string message = fmt::format("the source answered {}", reply.status);
  if (!error_type.empty()) message += fmt::format(", {}", one_line(error_type));
  if (!detail.empty()) message += ": " + detail;
  return with_advice(reason, reply.status, std::move(message));
}

}  // namespace downsampled
