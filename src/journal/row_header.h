// What packed panes and windows begin with: what they are, in which version of the format, of how
// many series, and the window that they are about; so that a row in another one's place is found.
// And numbers as the 64 bits that they are. Pure functions.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "journal/columns.h"
#include "model/window.h"

namespace downsampled {

inline std::uint64_t bits(double number) { return std::bit_cast<std::uint64_t>(number); }
inline std::uint64_t bits(std::int64_t number) { return std::bit_cast<std::uint64_t>(number); }
inline std::uint64_t bits(Timestamp time) {
  return bits(std::int64_t{time.time_since_epoch().count()});
}

inline double real(std::uint64_t bits) { return std::bit_cast<double>(bits); }
inline std::int64_t integer(std::uint64_t bits) { return std::bit_cast<std::int64_t>(bits); }
inline Timestamp timestamp(std::uint64_t bits) { return Timestamp(Duration(integer(bits))); }

struct RowHeader {
  std::string_view kind;  ///< a word and the version of its format: "window 1"
  std::size_t series = 0;
  Window window{};
};

void write_row_header(ColumnWriter& writer, const RowHeader& header);

/// Returns the window. Throws Error{damaged} where kind or series are others than here.
Window read_row_header(ColumnReader& reader, std::string_view kind, std::size_t series);

}  // namespace downsampled
