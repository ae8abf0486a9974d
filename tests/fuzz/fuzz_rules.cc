// Feeds any bytes to the reader of rule files. Checks that `check` and the daemon agree on what is
// a good file, that every mistake has its line, and that what was accepted can be evaluated.
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/rule_file.h"
#include "fuzz/require.h"
#include "model/window.h"

using namespace downsampled;

namespace {

/// A file that has no place on a disk, and its name.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size) : descriptor_(memfd_create("rules", 0)) {
    require(write(descriptor_, data, size) == static_cast<ssize_t>(size), "cannot write");
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string name() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

 private:
  int descriptor_;
};

void require_lines(std::string_view problems, const std::string& file) {
  for (std::size_t start = 0; start < problems.size();) {
    std::string_view line = problems.substr(start, problems.find('\n', start) - start);
    start += line.size() + 1;
    require(line.starts_with(file + ":"), "a mistake without its file, or of two lines");
    line.remove_prefix(file.size() + 1);
    const std::size_t digits = line.find_first_not_of("0123456789");
    require(digits > 0 && digits < line.size() && line[digits] == ':' && line[0] != '0',
            "a mistake without its line");
  }
}

void require_usable(const Group& group) {
  require(!group.name.empty() && !group.rules.empty(), "a group without a name or rules");
  require(group.interval > Duration::zero() && group.step > Duration::zero(),
          "no interval, no step");
  require(group.eval_offset >= Duration::zero() && group.eval_offset < group.interval,
          "an offset of more than the interval");
  require(group.query_offset >= Duration::zero() && group.stale_after > Duration::zero(),
          "a negative time");
  for (const Rule& rule : group.rules) {
    require(!rule.record.empty() && !rule.expr.empty() && !rule.help.empty(), "an empty text");
    require(rule.window > Duration::zero() && rule.window <= group.interval, "an odd window");
    require(group.interval % rule.window == Duration::zero(), "a window that does not divide");
    const Grid grid = grid_of(window_ending(Timestamp(group.interval), rule.window), group.step);
    require(grid.count > 0, "a window without a point");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file(data, size);
  const std::string files[] = {file.name()};
  const RuleDefaults defaults{std::chrono::hours(1), std::chrono::seconds(30), std::nullopt};
  const CheckReport report = check_rule_files(files, defaults);
  try {
    const LoadedRules loaded = load_rule_files(files, defaults);
    require(report.ok, "check refuses what is loaded");
    for (const auto& group : loaded.groups) require_usable(*group);
  } catch (const Error& error) {
    require(!report.ok && error.reason() == Reason::config, "check accepts what is not loaded");
    require_lines(error.message(), file.name());
  }
  return 0;
}
