// At which points of a pane's grid a series has a sample. Kept because two input series that come
// to one output label set may share the pane but never a point. Most series have no gap, so the
// first and the last index are all that is kept until one has. Plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace downsampled {

class Presence {
 public:
  /// What presence is made of.
  struct Parts {
    std::int64_t first = 0;
    std::int64_t last = -1;
    std::vector<bool> points = {};  ///< last + 1 of them, or none
  };

  Presence() = default;
  /// None where the parts do not fit together.
  static std::optional<Presence> from(Parts parts);

  /// By index, whether it is marked; none while all in [first(), last()] are.
  const std::vector<bool>& points() const noexcept { return points_; }

  /// Marks a point; indices come in rising order.
  void add(std::int64_t index);

  /// The lowest marked index; 0 when there is none.
  std::int64_t first() const noexcept { return first_; }

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
