// A source that groups ask, with all that belongs to it: its client, its metrics, and the sizes of
// queries that it takes. Owned together by the groups that ask it; thread-safe.
#pragma once

#include <memory>

#include "config/settings.h"
#include "pipeline/stages.h"
#include "query/source.h"

namespace downsampled {

class AskedSource {
 public:
  /// What all sources share; it outlives them.
  struct Shared {
    const Settings& settings;
    Metrics& metrics;
    Journal& journal;
    const BlockMetrics& blocks;
    Remarks& remarks;
    AskedPanes& asked;
    const Clock& clock;
  };

  /// `sizes`: those of a source that this one takes the place of; null: nothing is known yet.
  AskedSource(SourceSettings settings, const Shared& shared, std::shared_ptr<QuerySizes> sizes);
  AskedSource(const AskedSource&) = delete;
  AskedSource& operator=(const AskedSource&) = delete;
  ~AskedSource() { all_metrics_.remove_source(settings_.name); }

  const SourceSettings& settings() const { return settings_; }
  /// What evaluating a group of this source works with; lives as long as this.
  const Stages& stages() const { return stages_; }
  std::shared_ptr<QuerySizes> sizes() const { return sizes_; }

 private:
  const SourceSettings settings_;
  Metrics& all_metrics_;
  const SourceMetrics metrics_;
  const std::shared_ptr<QuerySizes> sizes_;
  Source source_;
  SourceRetention retention_;
  const Stages stages_;
};

}  // namespace downsampled
