// One series of a matrix, as the decoder hands it on: views that live during the callback only.
#pragma once

#include <span>

#include "model/label_set.h"
#include "model/timestamp.h"

namespace downsampled {

struct Sample {
  Timestamp time;
  double value;

  friend bool operator==(const Sample&, const Sample&) = default;
};

struct Series {
  LabelSet labels;                        ///< with `__name__`, where the expression keeps it
  std::span<const Sample> samples;        ///< times strictly rising
  std::span<const Timestamp> histograms;  ///< times of native histograms, which are no samples
};

}  // namespace downsampled
