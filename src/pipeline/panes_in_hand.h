// The panes of one evaluation of a group: those that the journal has are read, the others computed
// by asking the source, and kept here until they are added to the journal together with the windows
// made of them. Rules of the same pane key share them, rules of the same coverage expression share
// its masks. Owned by one evaluation, on its thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "aggregate/coverage_mask.h"
#include "journal/store.h"
#include "pipeline/stages.h"

namespace downsampled {

/// The numbers of panes, rising.
using PaneNumbers = std::vector<std::int64_t>;

class PanesInHand {
 public:
  PanesInHand(const Group& group, const Stages& stages) : group_(group), stages_(stages) {}

  /// Those of the rule's panes that are neither here nor in the journal.
  PaneNumbers missing(const Rule& rule, PaneRange panes);

  /// Asks for these panes of the rule, neighbors by one query; what another group asks for at the
  /// same time is waited for. Throws Error; nothing is half done then: a pane is here whole or not
  /// at all.
  void compute(const Rule& rule, std::span<const std::int64_t> panes, const Deadline& deadline);

  /// The pane, from here or from the journal; null where neither has it.
  std::shared_ptr<const Pane> find(const PaneKey& key, std::int64_t pane, Fields fields);

  /// Those that were not in the journal when they came here since the last call.
  std::vector<Entries::NewPane> take_computed() { return std::exchange(computed_, {}); }

 private:
  PaneNumbers take_from_others(const Rule& rule, std::span<const std::int64_t> panes);
  void hold(const PaneKey& key, std::shared_ptr<const Pane> pane);
  void compute(const PaneKey& key, Fields fields, std::span<const Window> adjacent,
               const Deadline& deadline);
  std::vector<const CoverageMask*> masks(const std::string& coverage,
                                         std::span<const Window> adjacent,
                                         const Deadline& deadline);
  void fetch_masks(const std::string& coverage, std::span<const Window> adjacent,
                   const Deadline& deadline);

  const Group& group_;
  const Stages& stages_;
  std::map<std::tuple<std::string, Timestamp, Timestamp>, CoverageMask> masks_;
  std::unordered_map<PaneKey, std::map<std::int64_t, std::shared_ptr<const Pane>>, PaneKeyHash>
      panes_;  // by number
  std::vector<Entries::NewPane> computed_;
};

/// The runs that are left of the panes without those that are missing.
std::vector<PaneRange> runs_without(PaneRange panes, const PaneNumbers& missing);

}  // namespace downsampled
