// Addresses that cannot be reached, each in its own way, without leaving the machine.
#pragma once

#include <string>

namespace downsampled {

/// A port where nothing listens, kept reserved.
class ClosedPort {
 public:
  ClosedPort();
  ~ClosedPort();
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;
  std::string url() const;

 private:
  int socket_;
};

/// A port whose listener accepts nothing and whose queue is full: connecting to it hangs.
class FullBacklog {
 public:
  FullBacklog();
  ~FullBacklog();
  FullBacklog(const FullBacklog&) = delete;
  FullBacklog& operator=(const FullBacklog&) = delete;
  std::string url() const;

 private:
  int listener_;
  int waiting_[8];
};

/// While one lives, looking up `hanging.test` does not return. (`absent.test` never has an
/// address, `stranger.test` is this machine. All other names are looked up as ever.)
class HangingLookups {
 public:
  HangingLookups();
  ~HangingLookups();  ///< returns when every lookup that hung is over
  HangingLookups(const HangingLookups&) = delete;
  HangingLookups& operator=(const HangingLookups&) = delete;
};

}  // namespace downsampled
