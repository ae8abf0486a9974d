// What `/metrics` shows: of every group the windows that it last published, and behind them the
// metrics about ourselves. A window is rendered and compressed when it is published; a scrape
// shares what was rendered (compressed, a page that is put together on the first scrape after that)
// and adds the self-metrics, made fresh. A group's series change all at once. Samples are not kept.
// Thread-safe, but one group must not publish twice at a time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "model/exposition.h"
#include "model/snapshot.h"
#include "publish/block.h"
#include "publish/families.h"

namespace downsampled {

enum class Encoding { identity, gzip };

/// Writes the metrics about ourselves, whole families, without the end line. Called on every
/// scrape.
using SelfMetrics = std::function<std::string(ExpositionFormat)>;

/// Where a group stands.
struct GroupStatus {
  std::shared_ptr<const Group> group;
  std::optional<Timestamp> slot;  ///< of its last evaluation, failed or not; empty: none yet
  std::size_t failed_rules = 0;   ///< in that evaluation
  std::size_t series = 0;         ///< that it shows now
};

class Exporter {
 public:
  /// The groups in the order of their files, each `id()` once. The clock must outlive the exporter.
  Exporter(Groups groups, const Clock& clock, SelfMetrics self_metrics);

  /// Shows the snapshot in place of what its group showed. A rule whose window is empty has failed
  /// and keeps its last one, until that expires.
  void publish(const Snapshot& snapshot);

  /// A page, whole when its parts are sent one behind the other.
  using Parts = std::vector<std::shared_ptr<const std::string>>;
  Parts scrape(ExpositionFormat format, Encoding encoding);

  /// All groups, in order.
  std::vector<GroupStatus> status() const;

 private:
  /// The recorded part of a compressed page, in one format. Immutable.
  struct Page {
    GzipBody body;
    Timestamp expires{};        // the first of its blocks to expire does so then
    std::uint64_t version = 0;  // of the blocks that it shows
  };
  struct State {
    std::vector<GroupStatus> status;
    std::vector<std::shared_ptr<const Blocks>> blocks;  // by group, null before the first
    std::uint64_t version = 0;                          // counts the calls of publish()
    std::array<std::shared_ptr<const Page>, 2> pages;   // by format
  };

  Parts identity(ExpositionFormat format);
  std::string rest(ExpositionFormat format) const;
  std::shared_ptr<const Page> gzip_page(ExpositionFormat format);

  // Constant after construction.
  const Families families_;
  std::map<std::string, std::size_t> group_index_;  // by id
  const Clock& clock_;
  const SelfMetrics self_metrics_;

  mutable Guarded<State> state_;
};

}  // namespace downsampled
