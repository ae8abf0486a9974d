// A clock that stands still until the test moves it.
#pragma once

#include "base/clock.h"

namespace downsampled::test {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp now) : now_(now) {}

  void advance(Duration duration) { now_ += duration; }

  Timestamp now() const override { return now_; }
  SteadyTime steady_now() const override { return SteadyTime(now_.time_since_epoch()); }
  bool sleep_for(Duration duration, std::stop_token stop) const override {
    now_ += duration;
    return !stop.stop_requested();
  }

 private:
  mutable Timestamp now_;
};

}  // namespace downsampled::test
