#include "journal/row.h"

#include <fmt/format.h>

#include <string_view>

#include "base/duration.h"
#include "base/error.h"
#include "journal/packing.h"

namespace downsampled {
namespace {

/// Unpacks a window or a pane; says of what is wrong where it is.
template <typename Unpack>
auto read(const Query& row, std::uint64_t owner, const std::string& file, std::string_view what,
          Unpack unpack) {
  const Timestamp end = row.time(1);
  try {
    auto made = unpack(row.bytes(0), unpack_label_sets(row.bytes(3), row.bytes(2)), owner);
    if (made.window.end == end) return made;
    throw Error(Reason::damaged, "the payload is that of another time");
  } catch (const Error& error) {
    throw Error(error.reason(), fmt::format("{}: {} that ends at {}: {}", file, what,
                                            format_timestamp(end), error.message()));
  }
}

}  // namespace

RecordedWindow read_window(const Query& row, std::uint64_t owner, const std::string& file) {
  return read(row, owner, file, "a window", unpack_window);
}

std::shared_ptr<const Pane> read_pane(const Query& row, std::uint64_t owner,
                                      const std::string& file) {
  return std::make_shared<const Pane>(read(row, owner, file, "a pane", unpack_pane));
}

}  // namespace downsampled
