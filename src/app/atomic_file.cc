#include "app/atomic_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"

namespace downsampled {

AtomicFile::AtomicFile(const std::string& path)
    : path_(path), temporary_(path + ".tmp"), file_(std::fopen(temporary_.c_str(), "we")) {
  if (!file_) fail(temporary_);
}

AtomicFile::~AtomicFile() {
  if (file_) unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) fail(temporary_);
}

void AtomicFile::finish() {
  if (std::fflush(file_.get()) != 0 || fsync(fileno(file_.get())) != 0) fail(temporary_);
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail(path_);
  file_.reset();
}

void AtomicFile::fail(const std::string& file) const {
  throw Error(Reason::io, fmt::format("{}: {}", file, std::generic_category().message(errno)));
}

}  // namespace downsampled
