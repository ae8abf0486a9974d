#include "config/text_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace downsampled {

std::optional<std::string> read_text(const std::string& file, std::string_view wanted,
                                     std::string& problem) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    problem = fmt::format("{}: is a folder; want {}", file, wanted);
    return std::nullopt;
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (stream) return text;
  problem = fmt::format("{}: cannot be read: {}", file,
                        std::generic_category().message(errno == 0 ? EIO : errno));
  return std::nullopt;
}

}  // namespace downsampled
