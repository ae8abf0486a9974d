// Golden files: what a test makes, compared byte for byte with a file in tests/golden. With
// ACCEPT=1 in the environment the file is rewritten instead, for a person to read the difference in
// git.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace downsampled {

/// What the file holds; after writing `made` to it, if the environment says so.
inline std::string golden(const std::string& name, const std::string& made) {
  const std::string path = std::string(GOLDEN_DIRECTORY) + "/" + name;
  if (const char* accept = std::getenv("ACCEPT"); accept && std::string(accept) == "1") {
    std::ofstream(path, std::ios::binary) << made;
  }
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace downsampled
