// The numbers of a pane's series as columns, for packing. Numbers that are mostly near another one
// of the same series are kept as what their bits differ in: a series that does not change is all
// zeros but for its first value. Pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "model/pane.h"

namespace downsampled {

/// One column: the number that is kept of a series, and how a series gets it back. Columns are set
/// in their order, since one may build on those before it.
struct PaneColumn {
  Fields needed_for;  ///< is there where a pane has these
  std::uint64_t (*get)(const Partial&);
  void (*set)(Partial&, std::uint64_t);
};

/// Those that hold the whole of a partial with these fields.
std::vector<PaneColumn> pane_columns(Fields fields);

}  // namespace downsampled
