// At which points of a pane's grid a series has a sample. Kept because two input series that come
// to one output label set may share the pane but never a point. Most series have no gap, so the
// first and the last index are all that is kept until one has. Plain value.
#pragma once

#include <cstdint>
#include <vector>

namespace downsampled {

class Presence {
 public:
  /// Marks a point; indices come in rising order.
  void add(std::int64_t index);

  /// The highest marked index; -1 when there is none.
  std::int64_t last() const noexcept { return last_; }

  bool contains(std::int64_t index) const;

  /// Whether some point is present in both.
  bool overlaps(const Presence& other) const;

  /// Marks all points of the other, whatever their order.
  void merge(const Presence& other);

  friend bool operator==(const Presence&, const Presence&) = default;

 private:
  void spell_out();

  std::int64_t first_ = 0;
  std::int64_t last_ = -1;
  std::vector<bool> points_;  ///< by index; empty while every point in [first_, last_] is present
};

}  // namespace downsampled
