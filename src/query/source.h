// A configured Prometheus-compatible server, and the only way to it: range queries over HTTP POST,
// compressed, over connections that stay open. Every run() is one request (redirects included);
// retries, and smaller queries, are its caller's (failure.h, plan.h, backoff.h).
// Thread-safe; at most `concurrency` queries are under way, the others wait for their turn.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/mailbox.h"
#include "net/http_client.h"
#include "query/querier.h"

namespace downsampled {

/// How one request ended, for whoever counts.
struct SourceRequest {
  std::optional<Reason> failure;  ///< of the network, as in QueryReply
  TransferCost cost;              ///< with the status
};

class Source final : public Querier {
 public:
  struct Options {
    std::string url;      ///< up to, and without, /api/v1; no slash at its end
    HeaderFields params;  ///< more parameters of the URL, in every query
    HttpClientOptions http;
    std::size_t concurrency = 1;
    /// Called for every request that came to a reply or failed, on its thread; must not throw.
    std::function<void(const SourceRequest&)> observer;
  };

  explicit Source(Options options);

  /// As Querier says; also throws Error{io} when a token or password file cannot be read.
  QueryReply run(const RangeQuery& query, ByteSink& body, std::stop_token stop) override;
  QueryReply status(std::string_view page, ByteSink& body, std::stop_token stop) override;

 private:
  class Lease;

  const Options options_;
  const std::string query_url_;
  Mailbox<std::unique_ptr<HttpClient>> idle_;  // null: not made yet
};

/// Seconds as Prometheus reads them, exactly: `1700000000`, `0.25`, `-1.5`.
std::string format_seconds(Duration duration);

}  // namespace downsampled
