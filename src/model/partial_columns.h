// The partials of many series, with the fields that are needed and no others: what a block keeps of
// each series is what the memory of a long window is made of. Plain value, not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/partial.h"

namespace downsampled {

class PartialColumns {
 public:
  explicit PartialColumns(Fields fields);

  Fields fields() const noexcept { return fields_; }
  std::size_t size() const noexcept { return counts_.size(); }
  void reserve(std::size_t size);

  /// Fields that are not kept are as in a new partial. index < size().
  Partial at(std::size_t index) const;
  void push_back(const Partial& partial);

  /// On the heap.
  std::size_t bytes() const noexcept;

 private:
  Fields fields_;
  std::size_t stride_;                 // numbers of one series
  std::vector<std::uint32_t> counts_;  // a window has at most 10 million points
  std::vector<std::uint8_t> flags_;
  std::vector<double> numbers_;  // series after series
  std::vector<Sketch> sketches_;
};

}  // namespace downsampled
