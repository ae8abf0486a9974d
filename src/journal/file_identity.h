// Which file it is that a name leads to: another one than before where somebody deleted or replaced
// it. Plain value.
#pragma once

#include <cstdint>
#include <string>

namespace downsampled {

struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;  ///< 0: there is no file

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

FileIdentity identity_of(const std::string& file);

}  // namespace downsampled
