// Who is asking for which panes, so that groups which share some (a window of an hour and one of a
// month of the same expression) ask once: the second waits for the first, and takes what that has
// in hand or the journal. Owned by app/, one for all sources; thread-safe.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/guarded.h"
#include "base/mailbox.h"
#include "model/pane.h"
#include "pipeline/deadline.h"

namespace downsampled {

class AskedPanes {
 public:
  struct Asking;

  /// While it lives, nobody else has a claim to one of these panes.
  class Claim {
   public:
    Claim(AskedPanes& all, std::list<Asking>::iterator asking) : all_(all), asking_(asking) {}
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim();

   private:
    AskedPanes& all_;
    const std::list<Asking>::iterator asking_;
  };

  AskedPanes() = default;
  AskedPanes(const AskedPanes&) = delete;
  AskedPanes& operator=(const AskedPanes&) = delete;
  ~AskedPanes();

  /// The fields that all groups together want of each key, so that one query serves them all.
  void want(const Groups& groups);
  Fields wanted(const PaneKey& key);

  /// Waits for those who ask for one of the panes (at least one, rising). Throws Error{timeout} at
  /// the deadline, Error{canceled} on its stop.
  [[nodiscard]] std::unique_ptr<Claim> claim(const PaneKey& key,
                                             std::span<const std::int64_t> panes,
                                             const Deadline& deadline, const Clock& clock);

  /// Panes that were asked for, for as long as somebody holds them: until they are in the journal.
  void show(const PaneKey& key, std::span<const std::shared_ptr<const Pane>> panes);
  /// Null where nobody holds it.
  std::shared_ptr<const Pane> find(const PaneKey& key, std::int64_t pane);

 private:
  using Held = std::map<std::int64_t, std::weak_ptr<const Pane>>;  // by number

  std::shared_ptr<Mailbox<bool>> wait_for(const PaneKey& key, std::span<const std::int64_t> panes,
                                          std::list<Asking>::iterator& own);

  Guarded<std::list<Asking>> asking_;
  Guarded<std::unordered_map<PaneKey, Held, PaneKeyHash>> held_;
  Guarded<std::unordered_map<PaneKey, Fields, PaneKeyHash>> wanted_;
};

struct AskedPanes::Asking {
  PaneKey key;
  std::int64_t first;
  std::int64_t last;
  std::vector<std::shared_ptr<Mailbox<bool>>> waiting = {};  // told at the end
};

}  // namespace downsampled
