#include "app/side_journal.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "app/atomic_file.h"
#include "base/error.h"
#include "base/log.h"
#include "journal/journal.h"

namespace downsampled {

SideJournal::SideJournal(const std::string& file) : directory_(file + ".journal") {
  std::error_code code;
  std::filesystem::create_directory(directory_, code);
  if (code) {
    throw Error(Reason::io,
                fmt::format("--output: {}: {}; want a file in a directory that is there "
                            "and can be written",
                            directory_, code.message()));
  }
  lock_ = std::make_unique<LockFile>(
      lock_path(), fmt::format("another backfill into {} is under way; wait for it, or name "
                               "another file as --output",
                               file));
}

/// A line each: the URL, a space, the name.
SideJournal::Urls SideJournal::kept_urls() const {
  Urls urls;
  std::ifstream file(urls_path());
  for (std::string url, name; file >> url && std::getline(file >> std::ws, name);) urls[name] = url;
  return urls;
}

void SideJournal::keep_urls(const Urls& urls, bool empty) const {
  Urls all = empty ? Urls() : kept_urls();
  for (const auto& [name, url] : urls) {
    const std::string& kept = all.try_emplace(name, url).first->second;
    if (kept == url) continue;
    throw Error(Reason::config,
                fmt::format("--output: {} holds windows that the source {} gave at {}, which is {} "
                            "now; want the former URL, or delete that folder to begin anew",
                            directory_, name, kept, url));
  }
  if (all == kept_urls()) return;
  AtomicFile file(urls_path());
  for (const auto& [name, url] : all) file.write(fmt::format("{} {}\n", url, name));
  file.finish();
}

void SideJournal::remove() const {
  for (const std::string& path :
       {Journal::file_in(directory_), urls_path(), lock_path(), directory_}) {
    std::error_code code;
    std::filesystem::remove(path, code);
    if (code) return log::warn("cannot be removed", {{"path", path}, {"error", code.message()}});
  }
}

}  // namespace downsampled
