// SIGTERM and SIGINT as a stop_token, SIGHUP as a message. Made before any other thread, so that
// every thread inherits the blocked signals and one of our own receives them.
#pragma once

#include <stop_token>
#include <thread>

#include "base/mailbox.h"

namespace downsampled {

/// What SIGHUP puts into a mailbox.
struct Hangup {};

class Signals {
 public:
  /// Without a mailbox, which must outlive this, SIGHUP does what it usually does.
  explicit Signals(Mailbox<Hangup>* hangups = nullptr);
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
