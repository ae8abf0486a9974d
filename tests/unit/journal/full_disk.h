// A disk that takes nothing while this lives: the kernel refuses to this process every write to a
// file, as it does where the file system is full.
#pragma once

#include <sys/resource.h>

#include <csignal>

namespace downsampled::test {

class FullDisk {
 public:
  FullDisk() {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{.rlim_cur = 0, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  rlimit before_{};
  void (*const signal_)(int) = std::signal(SIGXFSZ,
                                           SIG_IGN);  // or the first write ends the process
};

}  // namespace downsampled::test
