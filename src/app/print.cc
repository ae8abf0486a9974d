#include "app/print.h"

#include "base/error.h"

namespace downsampled {

void print(std::FILE* stream, std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stream) == text.size();
  if (!written || std::fflush(stream) != 0) {
    throw Error(Reason::io, stream == stdout ? "cannot write to standard output"
                                             : "cannot write to standard error");
  }
}

}  // namespace downsampled
