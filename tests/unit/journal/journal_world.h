// A journal in a folder of its own, and what a daemon and commands do with it.
#pragma once

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "journal/journal.h"
#include "support/captured_log.h"
#include "support/manual_clock.h"
#include "support/temporary_folder.h"
#include "unit/journal/rows.h"

namespace downsampled::test {

struct JournalWorld {
  Journal::Options options(Journal::Owner owner) {
    return {.directory = directory,
            .owner = owner,
            .retention = std::chrono::hours(2),
            .pane_retention = Duration(std::chrono::minutes(30)),
            .memory_retention = std::chrono::hours(1),
            .observer = [this](std::chrono::nanoseconds, bool was_refused) {
              ++added;
              refused += was_refused;
            }};
  }
  std::unique_ptr<Journal> daemon() {
    return std::make_unique<Journal>(options(Journal::Owner::daemon), clock);
  }
  std::unique_ptr<Journal> command() {
    return std::make_unique<Journal>(options(Journal::Owner::command), clock);
  }

  std::string contents() const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void overwrite(const std::string& bytes) const { folder.write("state/journal.db", bytes); }

  /// Of what was moved aside, without the folder.
  std::vector<std::string> moved_aside() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      const std::string name = entry.path().filename();
      if (name.find("corrupt") != name.npos) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  const TemporaryFolder folder;
  const std::string directory = folder.path() / "state";
  const std::string file = Journal::file_in(directory);
  ManualClock clock{minute(1000)};
  std::atomic<int> added = 0;
  std::atomic<int> refused = 0;
};

}  // namespace downsampled::test
