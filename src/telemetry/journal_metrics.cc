#include "telemetry/journal_metrics.h"

#include <string>
#include <utility>

#include "telemetry/values.h"

namespace downsampled {
namespace {

prometheus::MetricFamily gauge(std::string name, std::string help, double value) {
  return single_value(prometheus::MetricType::Gauge, std::move(name), std::move(help), value);
}

}  // namespace

std::vector<prometheus::MetricFamily> JournalMetrics::Collect() const {
  const JournalNumbers numbers = ask_();
  return {
      gauge("downsampled_journal_persistent",
            "1 while what is recorded goes to a disk, 0 while it is kept in memory.",
            numbers.persistent ? 1 : 0),
      gauge("downsampled_journal_size_bytes", "Size of the journal, its write-ahead log included.",
            static_cast<double>(numbers.size)),
      gauge("downsampled_journal_panes", "Panes in the journal.",
            static_cast<double>(numbers.panes)),
      gauge("downsampled_journal_windows", "Windows in the journal.",
            static_cast<double>(numbers.windows)),
      gauge("downsampled_journal_memory_windows",
            "Windows that wait in memory for a disk that refuses them.",
            static_cast<double>(numbers.waiting_windows)),
      gauge("downsampled_journal_oldest_window_timestamp_seconds",
            "End of the oldest window in the journal; 0 while there is none.",
            in_seconds(numbers.oldest_window.value_or(Timestamp{}))),
      single_value(prometheus::MetricType::Counter, "downsampled_journal_damaged_total",
                   "Journals that were found damaged, and moved aside.", numbers.damaged)};
}

}  // namespace downsampled
