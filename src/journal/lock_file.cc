#include "journal/lock_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"

namespace downsampled {
namespace {

std::string reason(int code) { return std::generic_category().message(code); }

}  // namespace

LockFile::LockFile(const std::string& path, std::string_view held)
    : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0) throw Error(Reason::io, fmt::format("{}: {}", path, reason(errno)));
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  const int code = errno;
  close(descriptor_);
  if (code != EWOULDBLOCK) throw Error(Reason::io, fmt::format("{}: {}", path, reason(code)));
  throw Error(Reason::config, fmt::format("{}: {}", path, held));
}

LockFile::~LockFile() { close(descriptor_); }

}  // namespace downsampled
