// One daemon a journal: a lock on a file beside it, which the kernel gives back however the process
// ends. Owned by the journal.
#pragma once

#include <string>
#include <string_view>

namespace downsampled {

class LockFile {
 public:
  /// Throws Error{config} when another process holds it, whose message ends in `held`, and
  /// Error{io} when it cannot be made.
  explicit LockFile(const std::string& path, std::string_view held = kOfDaemon);
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile();

 private:
  static constexpr std::string_view kOfDaemon =
      "another process uses this journal; stop it, or give this one a --storage.path "
      "(STORAGE_PATH) of its own";

  int descriptor_;
};

}  // namespace downsampled
