// Where a body goes as it arrives: the seam between the network and whoever reads the bytes.
// Called on the thread that runs the transfer, in order, never concurrently. The bytes are only
// valid during the call.
#pragma once

#include <string_view>

namespace downsampled {

class ByteSink {
 public:
  virtual ~ByteSink() = default;

  /// Takes the next bytes, of any number. Throws Error to end the transfer.
  virtual void write(std::string_view bytes) = 0;
};

}  // namespace downsampled
