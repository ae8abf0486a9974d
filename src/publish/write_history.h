// The documents in which recorded history leaves the program: OpenMetrics with timestamps for
// `promtool tsdb create-blocks-from openmetrics`, JSON for whatever reads Prometheus's answers, CSV
// for spreadsheets and data frames. Series come sorted by label set, each in order of time. Values
// read back to the same bits; what is not UTF-8 in a label becomes U+FFFD. A history without
// samples makes a valid document. Pure functions that keep nothing.
#pragma once

#include <functional>
#include <string_view>

#include "model/exposition.h"
#include "publish/history.h"

namespace downsampled {

/// Takes a document in pieces of about 64 KiB, in order. What it throws ends the writing.
using TextOut = std::function<void(std::string_view)>;

/// One family of an OpenMetrics document: its header, then every series, its samples together and
/// with their times in seconds. The caller puts each family once, and append_end() after the last.
void write_openmetrics(const FamilyHeader& family, const History& history, const TextOut& out);

/// A document in the shape of a range query's answer: status "success", a matrix, times in seconds
/// as numbers, values as strings (https://prometheus.io/docs/prometheus/latest/querying/api/).
void write_json(std::string_view record, const History& history, const TextOut& out);

/// A document after RFC 4180 (lines end in CR LF): a header, then a row a sample. The columns are
/// `time` (RFC 3339, UTC; with milliseconds in all rows or in none, as data frames want), `value`,
/// and one for each label name in the history, sorted; a label that a series lacks is empty there.
/// A label that is itself called `time` or `value` has a column with `_` behind the name.
void write_csv(const History& history, const TextOut& out);

}  // namespace downsampled
