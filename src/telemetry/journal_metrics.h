// What the journal holds, as metrics: asked afresh on every scrape. Thread-safe as far as asking
// is.
#pragma once

#include <prometheus/collectable.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "model/timestamp.h"

namespace downsampled {

struct JournalNumbers {
  bool persistent = false;  ///< what is committed goes to a disk
  std::int64_t panes = 0;
  std::int64_t windows = 0;
  std::int64_t waiting_windows = 0;  ///< of these, in memory because the disk refuses them
  std::uintmax_t size = 0;           ///< bytes
  std::optional<Timestamp> oldest_window;
  int damaged = 0;  ///< files that were moved aside
};

class JournalMetrics final : public prometheus::Collectable {
 public:
  explicit JournalMetrics(std::function<JournalNumbers()> ask) : ask_(std::move(ask)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::function<JournalNumbers()> ask_;
};

}  // namespace downsampled
