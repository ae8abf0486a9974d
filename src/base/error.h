// The one error type. Thrown where something fails, caught at three places only: main(), attempt()
// of the pipeline, and the journal, which goes on without its disk. `Reason` is at once the
// `reason` label of the failure counters and the `reason` key of a log line, so an operator can go
// from one to the other. Errors are values: copyable, owned by whoever holds them, safe to pass
// between threads.
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace downsampled {

enum class Reason {
  config,            ///< a flag, environment variable, rule or configuration file is wrong
  io,                ///< a file or socket of ours could not be used
  damaged,           ///< a file of ours does not hold what was written to it
  resolve,           ///< the source's host name has no address
  connect,           ///< no connection to the source, or it was lost before a reply
  tls,               ///< the TLS handshake failed, or a certificate was not accepted
  timeout,           ///< no complete reply within the query timeout
  unauthorized,      ///< the source answered 401 or 403
  throttled,         ///< the source answered 429
  unavailable,       ///< the source answered 5xx other than 504
  http_status,       ///< the source answered any other status that is not 2xx
  redirect,          ///< a redirect to another host, or too many of them
  query_too_large,   ///< the source says that the query is too big for it
  query_error,       ///< the source refuses the query for good
  transfer_broken,   ///< the connection broke inside a reply
  reply_too_large,   ///< a reply, or one series in it, is over our bounds
  malformed_reply,   ///< a reply that is not what the protocol says
  partial_answer,    ///< the source says, or may say, that its answer lacks some data
  duplicate_series,  ///< two input series have a sample at one time for one output label set
  limit_exceeded,    ///< more output series than the group's `limit`
  canceled,          ///< we are shutting down
};

/// All reasons in order, so that every `reason` label exists at 0 before the first failure.
inline constexpr Reason kAllReasons[] = {Reason::config,           Reason::io,
                                         Reason::damaged,          Reason::resolve,
                                         Reason::connect,          Reason::tls,
                                         Reason::timeout,          Reason::unauthorized,
                                         Reason::throttled,        Reason::unavailable,
                                         Reason::http_status,      Reason::redirect,
                                         Reason::query_too_large,  Reason::query_error,
                                         Reason::transfer_broken,  Reason::reply_too_large,
                                         Reason::malformed_reply,  Reason::partial_answer,
                                         Reason::duplicate_series, Reason::limit_exceeded,
                                         Reason::canceled};

/// The reason as it stands in labels and logs: its own name in snake case.
std::string_view to_string(Reason reason) noexcept;

class Error : public std::exception {
 public:
  /// How long the source asks us to stay away, where it does.
  using RetryAfter = std::optional<std::chrono::milliseconds>;

  Error(Reason reason, std::string message, RetryAfter retry_after = std::nullopt)
      : reason_(reason), message_(std::move(message)), retry_after_(retry_after) {}

  Reason reason() const noexcept { return reason_; }
  const std::string& message() const noexcept { return message_; }
  RetryAfter retry_after() const noexcept { return retry_after_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  Reason reason_;
  std::string message_;
  RetryAfter retry_after_;
};

}  // namespace downsampled
