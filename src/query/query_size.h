// How long a request for one expression may be, from what came of those before it: its reply shall
// fit into a budget of bytes, and a source that refused one as too big is not asked for as much
// again until smaller ones went well for a while. Pure; for threads, see query_sizes.h.
#pragma once

#include <cstdint>
#include <optional>

namespace downsampled {

/// What holds for every query of a source.
struct QueryBounds {
  /// Prometheus's limit on the points of one series in one reply, hard-coded in its
  /// web/api/v1/api.go and kept by most servers that follow its API.
  static constexpr std::int64_t kPrometheusPoints = 11000;

  std::int64_t max_points = kPrometheusPoints;
  std::uint64_t reply_bytes = 8 << 20;  ///< as JSON text, unpacked
};

/// What one reply weighed, as JSON text.
struct ReplyWeight {
  std::uint64_t label_bytes = 0;   ///< come once, however long the request
  std::uint64_t sample_bytes = 0;  ///< the rest, which grows with it
};

/// How it is known that a request was too big.
enum class Refusal {
  told,    ///< the source says so
  broken,  ///< time ran out, or the reply broke off, which may have had another cause
  silent,  ///< no reply came in time, which is what a source that hangs does, too
};

class QuerySize {
 public:
  /// Of a request while no reply is known: an hour at a step of 15 s is one request.
  static constexpr std::int64_t kFirstPoints = 250;

  /// A source that refused a size is asked for half as much again as it takes after so many fetches
  /// that went well, and after twice as many each time that it refuses again.
  static constexpr int kFirstPatience = 16;
  static constexpr int kLongestPatience = 1024;

  /// A size that has worked is too big when so many requests in a row are met by silence.
  static constexpr int kSilences = 3;

  /// The points a series that the next request may ask for; at least 1.
  std::int64_t points(const QueryBounds& bounds) const;

  /// A request of so many points was answered whole.
  void answered(std::int64_t points, const ReplyWeight& weight);

  /// All requests of a fetch of so many points were.
  void finished(std::int64_t points);

  /// A request of so many points was too big.
  void refused(std::int64_t points, Refusal refusal);

  /// Whether requests are kept short because the source refused longer ones.
  bool limited() const { return limit_.has_value(); }

 private:
  struct Expected {
    double label_bytes;
    double bytes_a_point;
  };
  std::optional<Expected> reply_;
  std::optional<std::int64_t> limit_;
  std::int64_t wanted_ = 0;  // the longest fetch; a limit that does not cut it is none
  std::int64_t good_ = 0;    // the longest answered since a shorter one was refused
  bool eager_ = false;       // the limit is no more than a start: it doubles with each answer
  bool probing_ = false;     // the limit is longer than what is known to work
  int silences_ = 0;         // in a row, to sizes that have worked
  int patience_ = kFirstPatience;
  int rest_ = 0;  // fetches until the next probe
};

}  // namespace downsampled
