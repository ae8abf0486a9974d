// Makes the disk fail, or the process die, at a chosen call on the journal's files. A test preloads
// it (LD_PRELOAD) into the real daemon, whose SQLite then calls these functions instead of libc's.
//
// JOURNAL_FAULTS_AT is the absolute path of journal.db: calls on the files whose paths begin so,
// and on their folder, are counted. JOURNAL_FAULTS is the control file, read again at each such
// call and replaced (rename) while the daemon runs; empty or absent: no faults. It has one line:
//
//   FILE CALL FIRST TIMES ACTION ERRNO ANYTHING
//
// FILE is a base name or `*`; CALL one of write sync truncate open rename unlink, `*` for all, or
// commit: a sync that more than one write precedes (one alone is the head of a new log). From
// number FIRST on, so many calls (TIMES) get the ACTION: trace, kill-before, kill-within (half is
// written), kill-after, short (half is written, without an error), error (ERRNO, nothing is done).
// Calls are numbered from the line's arrival, but those of `write` from the last sync: within one
// commit. ANYTHING makes the same line a new one.
//
// `JOURNAL_FAULTS.log` gets a line for each call that was acted on: CALL NUMBER FILE WRITES, the
// latter being the writes since the last sync.

// Both names of a function are defined below; the headers must not make one the other.
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace {

enum class Action { kNone, kTrace, kKillBefore, kKillWithin, kKillAfter, kShort, kError };
enum class Call { kWrite, kSync, kTruncate, kOpen, kRename, kUnlink };

constexpr const char* kActions[] = {"",           "trace", "kill-before", "kill-within",
                                    "kill-after", "short", "error"};
constexpr const char* kCalls[] = {"write", "sync", "truncate", "open", "rename", "unlink"};

struct Plan {
  char file[64] = "";
  char call[16] = "";
  long first = 0;
  long times = 0;
  Action action = Action::kNone;
  int error = 0;
};

// Calls come from several threads: all below is read and written with this lock held.
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
char line[256];
Plan plan;
long count;   // calls that the plan names, since its line arrived
long writes;  // since the last sync

/// The next definition of a function: libc's, or a sanitizer's.
template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

[[noreturn]] void die() {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/// Reads the control file; a line that is not the one before starts the counts afresh.
void read_plan() {
  char text[sizeof line] = "";
  const char* path = getenv("JOURNAL_FAULTS");
  const long fd = path ? syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0) : -1;
  if (fd >= 0) {
    const long size = syscall(SYS_read, fd, text, sizeof text - 1);
    text[size > 0 ? size : 0] = '\0';
    syscall(SYS_close, fd);
  }
  if (strcmp(text, line) == 0) return;
  strcpy(line, text);
  plan = {};
  count = 0;
  char action[16] = "";
  if (sscanf(line, "%63s %15s %ld %ld %15s %d", plan.file, plan.call, &plan.first, &plan.times,
             action, &plan.error) < 5) {
    return;
  }
  for (int i = 0; i < static_cast<int>(sizeof kActions / sizeof *kActions); ++i) {
    if (strcmp(action, kActions[i]) == 0) plan.action = static_cast<Action>(i);
  }
}

void log_hit(const char* call, long number, const char* file) {
  char path[PATH_MAX], text[PATH_MAX];
  snprintf(path, sizeof path, "%s.log", getenv("JOURNAL_FAULTS"));
  const int size = snprintf(text, sizeof text, "%s %ld %s %ld\n", call, number, file, writes);
  const long fd =
      syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0 || syscall(SYS_write, fd, text, size) != size) abort();  // a test must not miss it
  syscall(SYS_close, fd);
}

/// Whether it is one of the journal's files, or the folder that they are in.
bool is_watched(const char* path) {
  const char* journal = getenv("JOURNAL_FAULTS_AT");
  if (!journal) return false;
  if (strncmp(path, journal, strlen(journal)) == 0) return true;
  const size_t folder = static_cast<size_t>(strrchr(journal, '/') - journal);
  return strlen(path) == folder && strncmp(path, journal, folder) == 0;
}

bool is_planned(Call kind, const char* file) {
  if (plan.file[0] != '*' && strcmp(plan.file, file) != 0) return false;
  if (strcmp(plan.call, "commit") == 0) return kind == Call::kSync && writes > 1;
  return plan.call[0] == '*' || strcmp(plan.call, kCalls[static_cast<int>(kind)]) == 0;
}

/// Counts the call, and says what is to be done with it; dies here where that is to die at once.
Action on_call(Call kind, const char* path, int* error) {
  if (!is_watched(path)) return Action::kNone;
  pthread_mutex_lock(&lock);
  read_plan();
  const char* file = strrchr(path, '/') + 1;
  Action action = Action::kNone;
  // The -shm file is shared memory, never synced: to write there is no part of a commit.
  if (kind == Call::kWrite && !strstr(file, "-shm")) ++writes;
  if (is_planned(kind, file)) {
    ++count;
    const long number = strcmp(plan.call, "write") == 0 ? writes : count;
    if (plan.action != Action::kNone && number >= plan.first && plan.times-- > 0) {
      action = plan.action;
      *error = plan.error;
      log_hit(kCalls[static_cast<int>(kind)], number, file);
    }
  }
  if (kind == Call::kSync) writes = 0;
  pthread_mutex_unlock(&lock);
  if (action == Action::kKillBefore) die();
  return action;
}

const char* path_of(int fd, char* path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, PATH_MAX - 1);
  path[size > 0 ? size : 0] = '\0';
  return path;
}

/// `write_bytes(count)` writes the first `count` bytes.
template <typename Write>
ssize_t faulty_write(int fd, size_t size, Write write_bytes) {
  char path[PATH_MAX];
  int error = 0;
  const Action action = on_call(Call::kWrite, path_of(fd, path), &error);
  if (action == Action::kError) {
    errno = error;
    return -1;
  }
  const bool half = action == Action::kKillWithin || action == Action::kShort;
  const ssize_t done = write_bytes(half ? (size + 1) / 2 : size);
  if (action == Action::kKillWithin || action == Action::kKillAfter) die();
  return done;
}

/// Any other call, which returns -1 for an error.
template <typename Real>
int faulty_call(Call kind, const char* path, Real real) {
  int error = 0;
  const Action action = on_call(kind, path, &error);
  if (action == Action::kKillWithin) die();
  if (action == Action::kError) {
    errno = error;
    return -1;
  }
  const int result = real();
  if (action == Action::kKillAfter) die();
  return result;
}

template <typename Real>
int faulty_call(Call kind, int fd, Real real) {
  char path[PATH_MAX];
  return faulty_call(kind, path_of(fd, path), real);
}

int faulty_open(const char* path, int flags, unsigned mode) {
  static auto* const real = next<int(const char*, int, ...)>("open64");
  const auto do_open = [&] { return real(path, flags, mode); };
  // To read is no business of the disk's being full or gone.
  if ((flags & O_ACCMODE) == O_RDONLY) return do_open();
  return faulty_call(Call::kOpen, path, do_open);
}

}  // namespace

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED ssize_t write(int fd, const void* bytes, size_t size) {
  static auto* const real = next<decltype(write)>("write");
  return faulty_write(fd, size, [=](size_t part) { return real(fd, bytes, part); });
}

EXPORTED ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  static auto* const real = next<decltype(pwrite)>("pwrite");
  return faulty_write(fd, size, [=](size_t part) { return real(fd, bytes, part, offset); });
}

EXPORTED ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  static auto* const real = next<decltype(pwrite64)>("pwrite64");
  return faulty_write(fd, size, [=](size_t part) { return real(fd, bytes, part, offset); });
}

EXPORTED int fsync(int fd) {
  static auto* const real = next<int(int)>("fsync");
  return faulty_call(Call::kSync, fd, [=] { return real(fd); });
}

EXPORTED int fdatasync(int fd) {
  static auto* const real = next<int(int)>("fdatasync");
  return faulty_call(Call::kSync, fd, [=] { return real(fd); });
}

EXPORTED int ftruncate(int fd, off_t size) noexcept {
  static auto* const real = next<int(int, off_t)>("ftruncate");
  return faulty_call(Call::kTruncate, fd, [=] { return real(fd, size); });
}

EXPORTED int ftruncate64(int fd, off64_t size) noexcept {
  static auto* const real = next<int(int, off64_t)>("ftruncate64");
  return faulty_call(Call::kTruncate, fd, [=] { return real(fd, size); });
}

EXPORTED int rename(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("rename");
  return faulty_call(Call::kRename, from, [=] { return real(from, to); });
}

EXPORTED int unlink(const char* path) noexcept {
  static auto* const real = next<int(const char*)>("unlink");
  return faulty_call(Call::kUnlink, path, [=] { return real(path); });
}

EXPORTED int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const unsigned mode = flags & O_CREAT ? va_arg(rest, unsigned) : 0;
  va_end(rest);
  return faulty_open(path, flags, mode);
}

EXPORTED int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const unsigned mode = flags & O_CREAT ? va_arg(rest, unsigned) : 0;
  va_end(rest);
  return faulty_open(path, flags | O_LARGEFILE, mode);
}
