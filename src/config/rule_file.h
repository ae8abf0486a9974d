// Reads rule files: Prometheus's own format, plus the keys of queries/README.md. What comes out has
// every default filled in and can be evaluated as it is; what is wrong is said as
// `file:line: what is wrong, and what would be right`, all of it at once.
// Functions without state; the groups they make are never changed again and may be shared.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/source_settings.h"
#include "model/rule.h"

namespace downsampled {

/// What holds where a group says nothing: the settings of the same names.
struct RuleDefaults {
  Duration time_period{};
  Duration query_offset{};
  std::optional<Duration> step;                         ///< empty: computed for each group
  std::vector<std::string> sources = {kDefaultSource};  ///< the names that there are
};

struct LoadedRules {
  std::vector<std::shared_ptr<const Group>> groups;  ///< those with rules, as they stand in files
  std::vector<std::string> warnings;                 ///< `file:line: …`
};

/// Throws Error{config} with one line for each mistake, in any of the files.
LoadedRules load_rule_files(std::span<const std::string> files, const RuleDefaults& defaults);

/// What the command `check` prints.
struct CheckReport {
  std::string text;  ///< a line for each good file, mistake and warning
  bool ok = true;    ///< no mistake
};

/// As load_rule_files(), but says what it finds, and goes on.
CheckReport check_rule_files(std::span<const std::string> files, const RuleDefaults& defaults);

/// The files that the globs match, sorted within a glob, each file once. Without globs: the rules
/// that the daemon ships with, which are looked for in /etc/downsampled/queries and beside the
/// folder of the executable. Throws Error{config} for a glob that matches nothing.
std::vector<std::string> find_rule_files(std::span<const std::string> globs,
                                         const std::filesystem::path& executable);

/// The running program's own file.
std::filesystem::path executable_path();

}  // namespace downsampled
