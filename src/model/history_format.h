// The formats in which recorded history leaves the journal. A plain enum.
#pragma once

namespace downsampled {

enum class HistoryFormat {
  csv,          ///< a line each for series and window
  json,         ///< in the shape of a range query's answer
  openmetrics,  ///< exposition text with timestamps
};

}  // namespace downsampled
