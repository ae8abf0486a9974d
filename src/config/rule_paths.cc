// find_rule_files() and executable_path() of rule_file.h: which files are meant.
#include <fmt/format.h>
#include <glob.h>

#include <set>
#include <system_error>

#include "base/error.h"
#include "config/rule_file.h"

namespace downsampled {
namespace {

std::vector<std::string> matches_of(const std::string& pattern) {
  glob_t found{};
  const int result = glob(pattern.c_str(), 0, nullptr, &found);
  std::vector<std::string> files(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  if (result != 0 && result != GLOB_NOMATCH) {
    throw Error(Reason::io, fmt::format("{}: the folder cannot be listed", pattern));
  }
  return files;
}

std::vector<std::string> shipped_files(const std::filesystem::path& executable) {
  const std::filesystem::path folder = executable.parent_path();
  const std::string places[] = {
      "/etc/downsampled/queries/*.yaml",
      (folder / "../share/downsampled/queries/*.yaml").lexically_normal().string(),
      (folder / "../queries/*.yaml").lexically_normal().string()};
  for (const std::string& place : places) {
    std::vector<std::string> files = matches_of(place);
    if (!files.empty()) return files;
  }
  throw Error(Reason::config,
              fmt::format("no rule files in {}; want --rules (QUERIES) to name some",
                          fmt::join(places, ", ")));
}

}  // namespace

std::vector<std::string> find_rule_files(std::span<const std::string> globs,
                                         const std::filesystem::path& executable) {
  if (globs.empty()) return shipped_files(executable);
  std::vector<std::string> files;
  std::set<std::filesystem::path> seen;
  for (const std::string& glob : globs) {
    const std::vector<std::string> matches = matches_of(glob);
    if (matches.empty()) {
      throw Error(Reason::config,
                  fmt::format("--rules (QUERIES): {:?} matches no file; want a file or glob that "
                              "does",
                              glob));
    }
    for (const std::string& file : matches) {
      std::error_code code;  // of a file that cannot be read either, which says why
      const auto real = std::filesystem::weakly_canonical(file, code);
      if (seen.insert(code ? std::filesystem::path(file) : real).second) files.push_back(file);
    }
  }
  return files;
}

std::filesystem::path executable_path() { return std::filesystem::read_symlink("/proc/self/exe"); }

}  // namespace downsampled
