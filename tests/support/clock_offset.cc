// Sets the wall clock of one process, and of nothing else. A test preloads it (LD_PRELOAD) into the
// real daemon, whose std::chrono::system_clock then calls this function instead of libc's.
//
// CLOCK_OFFSET names a file of 8 bytes, a number of nanoseconds that CLOCK_REALTIME is ahead by (or
// behind, if negative). A test writes it anew while the daemon runs. All other clocks stay.

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

const std::int64_t* map_offset() {
  const char* path = getenv("CLOCK_OFFSET");
  const int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) abort();  // a test must not run by the real clock
  void* mapped = mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) abort();
  close(fd);
  return static_cast<const std::int64_t*>(mapped);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
                                                                    timespec* time) noexcept {
  static const std::int64_t* const offset = map_offset();
  const long result = syscall(SYS_clock_gettime, clock, time);
  if (result != 0 || clock != CLOCK_REALTIME) return static_cast<int>(result);
  const std::int64_t shifted =
      time->tv_sec * kSecond + time->tv_nsec + __atomic_load_n(offset, __ATOMIC_RELAXED);
  time->tv_sec = shifted / kSecond;
  time->tv_nsec = shifted % kSecond;
  return 0;
}
