#include "query/failure.h"

#include <doctest/doctest.h>

namespace downsampled {
namespace {

Error of_status(int status, std::string_view type = {}, std::string_view message = {}) {
  QueryReply reply;
  reply.status = status;
  return classify(reply, type, message);
}

FailureKind kind(int status, std::string_view type = {}, std::string_view message = {}) {
  return kind_of(of_status(status, type, message).reason());
}

bool says(const Error& error, std::string_view part) {
  return error.message().find(part) != std::string::npos;
}

TEST_CASE("a status alone says which kind of failure it is") {
  for (const int status : {429, 500, 502, 503, 520}) {
    CAPTURE(status);
    CHECK(kind(status) == FailureKind::not_now);
  }
  for (const int status : {413, 504}) {
    CAPTURE(status);
    CHECK(kind(status) == FailureKind::too_big);
  }
  for (const int status : {304, 400, 401, 403, 404, 405, 410, 418, 422}) {
    CAPTURE(status);
    CHECK(kind(status) == FailureKind::wrong);
  }
}

TEST_CASE("a failure of the network is of its reason's kind") {
  const auto of_reason = [](Reason reason) {
    QueryReply reply;
    reply.failure = Error(reason, "broken");
    const Error error = classify(reply, {}, {});
    CHECK(error.reason() == reason);
    CHECK(says(error, "broken"));
    return kind_of(error.reason());
  };
  for (const Reason reason : {Reason::connect, Reason::resolve, Reason::tls}) {
    CHECK(of_reason(reason) == FailureKind::not_now);
  }
  for (const Reason reason : {Reason::timeout, Reason::transfer_broken}) {
    CHECK(of_reason(reason) == FailureKind::too_big);
  }
  for (const Reason reason : {Reason::redirect, Reason::malformed_reply, Reason::reply_too_large}) {
    CHECK(of_reason(reason) == FailureKind::wrong);
  }
}

TEST_CASE("400 and 422 worded about size ask for a smaller query") {
  struct Case {
    int status;
    const char* message;
  };
  const Case cases[] = {
      // Prometheus
      {400,
       "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query "
       "resolution (?step=XX)"},
      {422, "query processing would load too many samples into memory in query execution"},
      {422, "query timed out in expression evaluation"},
      // Thanos
      {422,
       "expand series: rpc error: code = ResourceExhausted desc = exceeded series limit: limit "
       "10 violated (got 13)"},
      {500, "rpc error: code = Aborted desc = exceeded samples limit: limit 5 violated (got 6)"},
      // Mimir, Cortex
      {422, "the query time range exceeds the limit (query length: 800h0m0s, limit: 721h0m0s)"},
      {422,
       "the query exceeded the maximum number of chunks (limit: 11 chunks) "
       "(err-mimir-max-chunks-per-query)"},
      {422, "the query exceeded the aggregated chunks size limit (limit: 100 bytes)"},
      {422, "the query hit the max number of chunks limit while fetching chunks from ingesters"},
      {422, "the query hit the aggregated data size limit while fetching chunks (limit: 9 bytes)"},
      {422,
       "the query exceeded the maximum allowed estimated amount of memory consumed by a single "
       "query (limit: 11 bytes) (err-mimir-max-estimated-memory-consumption-per-query)"},
      {422,
       "the total query time range exceeds the limit (query length: 2h0m0s, limit: 1h0m0s) "
       "(err-mimir-max-total-query-length)"},
      {500,
       "rpc error: code = ResourceExhausted desc = grpc: received message larger than max "
       "(104857601 vs. 104857600)"},
      {500,
       "rpc error: code = ResourceExhausted desc = grpc: received message after decompression "
       "larger than max (104857601 vs. 104857600)"},
      {422, "the query response size exceeds limit (limit: 1048576 bytes)"},
      {422, "expand series: rpc error: code = Aborted desc = load chunks: pool exhausted"},
      {422, "the query touches too much of something new (err-mimir-max-of-something-new)"},
      // VictoriaMetrics
      {422,
       "error when executing query: too many points for the given step=15000, start=0 and "
       "end=1: 40000; cannot exceed -search.maxPointsPerTimeseries=30000"},
      {422, "cannot select more than -search.maxSamplesPerQuery=1000000000 samples"},
      {503,
       "error occured during search: cannot fetch query results from vmstorage nodes: cannot "
       "select "
       "more than -search.maxSamplesPerQuery=1000000000 samples"},
      {422,
       "the number of matching timeseries exceeds 300000; either narrow down the search or "
       "increase -search.max* command-line flag values at vmselect"},
      {422, "error during search: timeout exceeded while fetching data block"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.message);
    CHECK(kind(c.status, "execution", c.message) == FailureKind::too_big);
    CHECK(kind(c.status, {}, c.message) == FailureKind::too_big);
  }
}

TEST_CASE("the wording counts where the body is no Prometheus error, too") {
  QueryReply reply;
  reply.status = 422;
  reply.error_body = std::string(1000, ' ') + "remote: Cannot select more than 5 samples";
  CHECK(classify(reply, {}, {}).reason() == Reason::query_too_large);
}

TEST_CASE("other refusals are final") {
  for (const char* message :
       {"invalid parameter \"query\": 1:5: parse error: unexpected <op:*>",
        "multiple matches for labels: many-to-one matching must be explicit",
        "too long query; got 20000 bytes; mustn't exceed `-search.maxQueryLen=16384` bytes"}) {
    CAPTURE(message);
    CHECK(of_status(400, "bad_data", message).reason() == Reason::query_error);
    CHECK(kind(422, "execution", message) == FailureKind::wrong);
  }
}

TEST_CASE("what is away behind a Querier is for later, though it answers 422") {
  for (const char* message :
       {"expand series: proxy Series(): rpc error: code = Aborted desc = fetch series for "
        "{prometheus=\"a\"}: rpc error: code = Unavailable desc = connection error",
        "No StoreAPIs matched for this query",
        "proxy Series(): rpc error: code = Canceled desc = context canceled",
        "dial tcp 10.0.0.7:10901: connect: connection refused"}) {
    CAPTURE(message);
    CHECK(of_status(422, "execution", message).reason() == Reason::unavailable);
    CHECK(kind(400, "bad_data", message) == FailureKind::not_now);
  }
}

TEST_CASE("what VictoriaMetrics does not keep any more is refused for good") {
  CHECK(
      of_status(503, {},
                "the given time range [a, b] is outside the allowed -retentionPeriod=1d according "
                "to -denyQueriesOutsideRetention")
          .reason() == Reason::query_error);
}

TEST_CASE("a full queue is for later, however it is worded") {
  CHECK(kind(429, {},
             "couldn't start executing the request in 10 seconds, since "
             "-search.maxConcurrentRequests=16 concurrent requests are executed") ==
        FailureKind::not_now);
  CHECK(kind(503, "unavailable", "too many outstanding requests") == FailureKind::not_now);
}

TEST_CASE("a 503 of Prometheus's own query timeout asks for a smaller query") {
  CHECK(of_status(503, "timeout", "query timed out in query execution").reason() ==
        Reason::timeout);
  CHECK(kind(503, "timeout", "query timed out in query queue") == FailureKind::not_now);
  CHECK(kind(422, "execution", "query timed out in query queue") == FailureKind::not_now);
  CHECK(kind(503, "canceled", "query was canceled") == FailureKind::not_now);
  CHECK(kind(499, "canceled", "query was canceled") == FailureKind::not_now);
}

TEST_CASE("the message says what the server said and what to look at") {
  CHECK(says(of_status(422, "execution", "found duplicate series"),
             "422, execution: found duplicate series"));
  CHECK(says(of_status(401), "PROMETHEUS_SELDON_TOKEN"));
  CHECK(says(of_status(403), "--prometheus.token-file"));
  CHECK(says(of_status(404), "PROMETHEUS_URL"));
  CHECK(says(of_status(404), "prefix"));
  CHECK(says(of_status(504), "--query.timeout"));
}

TEST_CASE("the end of a long sentence is quoted, too") {
  const std::string words = "error when executing query: " + std::string(500, 'x') + ": the cause";
  CHECK(says(of_status(422, "execution", words), ": the cause"));
  CHECK(of_status(422, "execution", std::string(5000, 'x')).message().size() < 1100);
}

TEST_CASE("a body that is no Prometheus error is quoted in one line") {
  QueryReply reply;
  reply.status = 502;
  reply.error_body = "<html>\n<body>\n<h1>Bad \x1b[1mGateway</h1>" + std::string(5000, 'x');
  const Error error = classify(reply, {}, {});
  CHECK(error.reason() == Reason::unavailable);
  CHECK(says(error, "502: Bad [1mGateway xxx"));
  CHECK(error.message().size() < 400);
}

}  // namespace
}  // namespace downsampled
