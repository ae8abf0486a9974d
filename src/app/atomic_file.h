// A file that is there whole or not at all: written beside its place, synced, and renamed.
// One thread at a time.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace downsampled {

class AtomicFile {
 public:
  /// Begins `path`.tmp. Throws Error{io}, as the other members do.
  explicit AtomicFile(const std::string& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  /// Removes what was not finished.
  ~AtomicFile();

  void write(std::string_view text);

  /// Puts the file in its place, where it replaces what was there.
  void finish();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  [[noreturn]] void fail(const std::string& file) const;

  const std::string path_;
  const std::string temporary_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace downsampled
