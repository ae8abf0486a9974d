#include "journal/read_only.h"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>
#include <system_error>

namespace downsampled {
namespace {

/// What ends the path of a URI, and what begins an escape in it.
std::string escaped(const std::string& path) {
  std::string text;
  for (const char c : path) {
    if (std::string_view("%?#").find(c) == std::string_view::npos) {
      text += c;
    } else {
      text += fmt::format("%{:02x}", static_cast<unsigned>(c));
    }
  }
  return text;
}

}  // namespace

bool has_log(const std::string& file) {
  std::error_code code;
  return std::filesystem::exists(file + "-wal", code);
}

std::string read_only_name(const std::string& file, bool alone) {
  return "file:" + escaped(file) + (alone ? "?immutable=1" : "");
}

}  // namespace downsampled
