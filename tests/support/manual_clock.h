// A clock that stands still until the test moves it, from any thread.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace downsampled::test {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp now) : now_(now.time_since_epoch().count()) {}

  void advance(Duration duration) { now_ += duration.count(); }
  void set(Timestamp now) { now_ = now.time_since_epoch().count(); }
  /// The wall clock alone, as who sets it does.
  void jump(Duration by) { jumped_ += by.count(); }

  Timestamp now() const override { return Timestamp(Duration(now_ + jumped_)); }
  SteadyTime steady_now() const override { return SteadyTime(Duration(now_)); }
  bool sleep_for(Duration duration, std::stop_token stop) const override {
    now_ += duration.count();
    return !stop.stop_requested();
  }

 private:
  mutable std::atomic<Duration::rep> now_;
  std::atomic<Duration::rep> jumped_ = 0;
};

}  // namespace downsampled::test
