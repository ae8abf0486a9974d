// What a backfill has evaluated for a file that is not written yet: a journal in FILE.journal, so
// that the same command goes on where it stopped. Held by one process at a time.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "journal/lock_file.h"

namespace downsampled {

class SideJournal {
 public:
  /// Makes the directory. Throws Error{io} when the file could not be written there, Error{config}
  /// when another process is at it.
  explicit SideJournal(const std::string& file);

  const std::string& directory() const { return directory_; }

  using Urls = std::map<std::string, std::string>;  // by the name of the source

  /// Notes where the windows come from that are added from now on. Throws Error{config} where some
  /// (not `empty`) are here of another server: the file would have both as if they were one.
  void keep_urls(const Urls& urls, bool empty) const;

  /// The file has all of it. Call it when the journal is closed.
  void remove() const;

 private:
  std::string lock_path() const { return directory_ + "/lock"; }
  std::string urls_path() const { return directory_ + "/sources"; }
  Urls kept_urls() const;

  const std::string directory_;
  std::unique_ptr<LockFile> lock_;
};

}  // namespace downsampled
