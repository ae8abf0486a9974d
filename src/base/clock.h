// All time in the program comes through a Clock: wall time to decide which slots are due, steady
// time to measure how long something took. Tests hand in a ManualClock (tests/support).
// Thread-safe: every member may be called from any thread.
#pragma once

#include <chrono>
#include <stop_token>

namespace downsampled {

/// Milliseconds since the Unix epoch, UTC: the resolution of Prometheus's own timestamps.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// A length of time, as in rule files and flags.
using Duration = std::chrono::milliseconds;

using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;

  virtual Timestamp now() const = 0;
  virtual SteadyTime steady_now() const = 0;

  /// Returns true after `duration`, false as soon as `stop` is requested.
  virtual bool sleep_for(Duration duration, std::stop_token stop) const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
  SteadyTime steady_now() const override;
  bool sleep_for(Duration duration, std::stop_token stop) const override;
};

}  // namespace downsampled
