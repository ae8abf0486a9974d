#include "model/partial_columns.h"

#include <bit>

namespace downsampled {
namespace {

std::size_t stride_of(Fields fields) {
  return (fields.sum ? 2U : 0U) + (fields.extremes ? 2U : 0U) + (fields.last ? 2U : 0U) +
         (fields.squares ? 3U : 0U);
}

CompensatedSum sum_of(const double* numbers, bool scaled) {
  return CompensatedSum({.high = numbers[0], .low = numbers[1], .scaled = scaled});
}

}  // namespace

PartialColumns::PartialColumns(Fields fields) : fields_(fields), stride_(stride_of(fields)) {}

void PartialColumns::reserve(std::size_t size) {
  counts_.reserve(size);
  flags_.reserve(size);
  numbers_.reserve(size * stride_);
}

void PartialColumns::push_back(const Partial& partial) {
  counts_.push_back(static_cast<std::uint32_t>(partial.count));
  flags_.push_back(static_cast<std::uint8_t>(flags_of(partial)));
  const auto push = [this](double a, double b) {
    numbers_.push_back(a);
    numbers_.push_back(b);
  };
  if (fields_.sum) push(partial.sum.parts().high, partial.sum.parts().low);
  if (fields_.extremes) push(partial.min, partial.max);
  if (fields_.last) {
    push(partial.last.value, std::bit_cast<double>(partial.last.time.time_since_epoch().count()));
  }
  if (fields_.squares) {
    numbers_.push_back(partial.origin);
    push(partial.squares.parts().high, partial.squares.parts().low);
  }
  if (fields_.sketch) sketches_.push_back(partial.sketch);
}

Partial PartialColumns::at(std::size_t index) const {
  Partial partial;
  partial.count = counts_[index];
  const unsigned flags = flags_[index];
  partial.histogram = (flags & kHistogramFlag) != 0;
  const double* next = numbers_.data() + index * stride_;
  if (fields_.sum) {
    partial.sum = sum_of(next, (flags & kSumScaledFlag) != 0);
    next += 2;
  }
  if (fields_.extremes) {
    partial.min = next[0];
    partial.max = next[1];
    next += 2;
  }
  if (fields_.last) {
    partial.last = {Timestamp(Duration(std::bit_cast<std::int64_t>(next[1]))), next[0]};
    next += 2;
  }
  if (fields_.squares) {
    partial.origin = next[0];
    partial.squares = sum_of(next + 1, (flags & kSquaresScaledFlag) != 0);
  }
  if (fields_.sketch) partial.sketch = sketches_[index];
  return partial;
}

std::size_t PartialColumns::bytes() const noexcept {
  std::size_t bytes = counts_.capacity() * sizeof(counts_[0]) + flags_.capacity() +
                      numbers_.capacity() * sizeof(double);
  for (const Sketch& sketch : sketches_) {
    bytes += sizeof(Sketch) + sketch.buckets().capacity() * sizeof(Sketch::Bucket);
  }
  return bytes;
}

}  // namespace downsampled
