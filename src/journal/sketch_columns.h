// The sketches of a pane's series as columns, for packing: how many buckets each has, their keys as
// distances, and their counts, of which most are 1. Pure functions.
#pragma once

#include "journal/columns.h"
#include "model/pane.h"

namespace downsampled {

void write_sketches(ColumnWriter& writer, const Pane& pane);

/// Into the series of `pane`, which are there. Throws Error{damaged} where they cannot be sketches.
void read_sketches(ColumnReader& reader, Pane& pane);

}  // namespace downsampled
