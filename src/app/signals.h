// SIGTERM and SIGINT as a stop_token. Made before any other thread, so that every thread
// inherits the blocked signals and one of our own receives them.
#pragma once

#include <stop_token>
#include <thread>

namespace downsampled {

class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// Stopped when one of the signals has come.
  std::stop_token token() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  std::jthread thread_;  // waits for the signals
};

}  // namespace downsampled
