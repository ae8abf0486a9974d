// The seam between the pipeline and a Prometheus-compatible server: something that answers a range
// query. The real one is Source (source.h); tests hand in one that fails on command.
// Thread-safe: run() may be called from any number of threads.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/byte_sink.h"
#include "base/error.h"
#include "model/window.h"

namespace downsampled {

struct RangeQuery {
  std::string_view expr;
  Grid grid;
  std::optional<Duration> timeout = {};  ///< when it has less time than other queries
};

/// How a query ended. Failures of the network are values and not exceptions, because the planner
/// goes on after some of them.
struct QueryReply {
  int status = 0;                       ///< HTTP status; 0 when none arrived
  std::string error_body;               ///< of a reply that is not 2xx: its first 64 KiB
  std::optional<Duration> retry_after;  ///< as the server asked for
  std::optional<Error> failure;         ///< no reply, or a transfer that broke

  bool ok() const { return !failure && status >= 200 && status < 300; }
};

class Querier {
 public:
  virtual ~Querier() = default;

  /// Sends the query and streams the body of a 2xx reply into `body` as it arrives.
  /// Throws what `body` throws, and Error{canceled} soon after `stop` is requested.
  virtual QueryReply run(const RangeQuery& query, ByteSink& body, std::stop_token stop) = 0;

  /// Streams what the server says of itself into `body`, where it does: `page` is `runtimeinfo`,
  /// `config` and the like. Throws as run().
  /// https://prometheus.io/docs/prometheus/latest/querying/api/#status
  virtual QueryReply status(std::string_view page, ByteSink& body, std::stop_token stop) = 0;
};

}  // namespace downsampled
