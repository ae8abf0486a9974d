// What `/metrics` shows: of every group the windows that it last published, and behind them the
// metrics about ourselves. A window is rendered and compressed when it is published; a scrape
// shares what was rendered (compressed, a page that is put together on the first scrape after that)
// and adds the self-metrics, made fresh. A group's series change all at once. Samples are not kept.
// Thread-safe, but one group must not publish twice at a time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "model/exposition.h"
#include "model/snapshot.h"
#include "publish/families.h"
#include "publish/published_window.h"

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
  /// The groups in the order of their files. The clock must outlive the exporter.
  Exporter(const Groups& groups, const Clock& clock, SelfMetrics self_metrics);

  /// From now on these groups, all at once. A group that was there before (the same object) shows
  /// what it did; another, what `recorded` says that it recorded before, and for the rest what the
  /// same rules showed in a group with its id. That is not an evaluation: the status does not
  /// change by it.
  void replace(const Groups& groups, const std::vector<Snapshot>& recorded);

  /// Shows the snapshot in place of what its group showed. A rule whose window is empty has failed
  /// and keeps its last one, until that expires. Nothing happens where the group was replaced.
  void publish(const Snapshot& snapshot);

  /// A page, whole when its parts are sent one behind the other.
  using Parts = std::vector<std::shared_ptr<const std::string>>;
  Parts scrape(ExpositionFormat format, Encoding encoding);

  /// All groups, in order.
  std::vector<GroupStatus> status() const;

  /// Every group has been evaluated once, whatever came of it; once so, always: groups that a
  /// reload brings do not take it back.
  bool ready() const { return state_.lock()->ready; }

 private:
  /// The recorded part of a compressed page, in one format. Immutable.
  struct Page {
    GzipBody body;
    Timestamp expires{};        // the first of its windows to expire does so then
    std::uint64_t version = 0;  // of the windows that it shows
  };
  struct State {
    std::shared_ptr<const Families> families;
    std::unordered_map<const Group*, std::size_t> places;
    std::vector<GroupStatus> status;
    std::vector<std::shared_ptr<const PublishedWindows>>
        windows;              // by group, null before the first
    std::size_t waiting = 0;  // groups that were not evaluated yet
    bool ready = false;
    std::uint64_t version = 0;                         // counts the changes
    std::array<std::shared_ptr<const Page>, 2> pages;  // by format
  };

  Parts identity(ExpositionFormat format);
  std::string rest(ExpositionFormat format) const;
  std::shared_ptr<const Page> gzip_page(ExpositionFormat format);

  const Clock& clock_;
  const SelfMetrics self_metrics_;

  mutable Guarded<State> state_;
};

}  // namespace downsampled
