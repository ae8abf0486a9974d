// Which families the recorded series make up. The same `record` may come from several rules, groups
// and files, and the text formats want one block of lines a family under one header: so the rules
// are sorted into families once, and a page puts behind the headers what the rules last published.
// Constant after construction; thread-safe.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/exposition.h"
#include "publish/published_window.h"

namespace downsampled {

class Families {
 public:
  /// The groups in the order of their files. A family's HELP and UNIT are those of its first rule.
  explicit Families(const Groups& groups);

  /// Hands on the pieces of a page in order: the families sorted by name, of each the header and
  /// its series. `windows` are in the order of the groups, null where a group never published.
  /// Leaves out what has expired by `now`; without `now`, nothing.
  void for_each_piece(ExpositionFormat format,
                      const std::vector<std::shared_ptr<const PublishedWindows>>& windows,
                      std::optional<Timestamp> now,
                      const std::function<void(std::shared_ptr<const Piece>)>& take) const;

 private:
  struct Family {
    std::array<std::shared_ptr<const Piece>, 2> headers;       // by ExpositionFormat
    std::vector<std::pair<std::size_t, std::size_t>> members;  // group, rule
  };

  std::vector<Family> families_;
};

/// The recorded series alone, in text 0.0.4: what `once` prints. A snapshot a group.
std::string render_text(const std::vector<Snapshot>& snapshots);

}  // namespace downsampled
