// Somebody without rights, as root may do everything.
#pragma once

#include <sys/fsuid.h>

namespace downsampled::test {

/// To the file system this thread is nobody, for as long as this lives.
class Nobody {
 public:
  Nobody() : before_(setfsuid(kNobody)) {}
  Nobody(const Nobody&) = delete;
  Nobody& operator=(const Nobody&) = delete;
  ~Nobody() { setfsuid(static_cast<uid_t>(before_)); }

 private:
  static constexpr uid_t kNobody = 65534;
  const int before_;
};

}  // namespace downsampled::test
