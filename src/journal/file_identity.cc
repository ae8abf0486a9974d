#include "journal/file_identity.h"

#include <sys/stat.h>

namespace downsampled {

FileIdentity identity_of(const std::string& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

}  // namespace downsampled
