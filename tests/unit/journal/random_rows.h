// Panes and windows of any content, for what packs them: numbers of every kind, gaps, no series.
// The same seed makes the same ones.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "journal/packing.h"
#include "support/series.h"

namespace downsampled::test {

/// Every combination of fields, by a number below kFieldsCount.
inline constexpr std::uint64_t kFieldsCount = 32;
inline Fields fields_of_number(std::uint64_t number) {
  return {.sum = (number & 1) != 0,
          .extremes = (number & 2) != 0,
          .last = (number & 4) != 0,
          .squares = (number & 8) != 0,
          .sketch = (number & 16) != 0};
}

class RandomRows {
 public:
  explicit RandomRows(std::uint64_t seed) : random_(seed) {}

  RecordedWindow window(std::size_t series) {
    RecordedWindow window{
        .window = any_window(), .points = any_integer(), .covered = any_integer(), .samples = {}};
    for (std::size_t i = 0; i < series; ++i) window.samples.push_back({label_set(), any_double()});
    return window;
  }

  Pane pane(std::size_t series) { return pane(series, any_fields()); }

  Pane pane(std::size_t series, Fields fields) {
    Pane pane{.window = any_window(),
              .fields = fields,
              .coverage = {.points = any_integer(), .covered = any_integer(), .newest = any_time()},
              .samples = random_(),
              .histograms = random_(),
              .series = {}};
    for (std::size_t i = 0; i < series; ++i) {
      pane.series.push_back({label_set(), partial(pane.fields), presence()});
    }
    return pane;
  }

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

 private:
  /// Sets that have much in common with each other, and sometimes other names or very long values.
  LabelSet label_set() {
    std::string pod = "model-" + std::to_string(below(30)) + "-";
    pod += std::to_string(random_());
    const std::string longest(below(20) == 0 ? below(40'000) : 0, 'x');
    const std::string name = below(10) == 0 ? "a" : "namespace";
    return LabelSet{{"container", below(2) == 0 ? "istio-proxy" : "classifier"},
                    {name, "team-" + std::to_string(below(12))},
                    {"pod", pod},
                    {"text", longest},
                    {"zone", below(3) == 0 ? "" : "eu"}};
  }

  /// As they come from samples, or with any bits at all.
  Partial partial(Fields fields) {
    Partial partial;
    const bool large = below(4) == 0;  // so that the sums are scaled
    for (std::uint64_t i = below(4); i > 0; --i) {
      const double value = large ? std::numeric_limits<double>::max() : any_double();
      if (fields.sketch && std::isnan(value)) continue;  // is no sample
      partial.add({any_time(), value}, fields);
    }
    partial.histogram = below(2) == 0;
    if (below(2) == 0) return partial;
    partial.count = random_();
    if (fields.extremes) {
      partial.min = any_double();
      partial.max = any_double();
    }
    if (fields.last) partial.last = {any_time(), any_double()};
    if (fields.sum) partial.sum = any_sum();
    if (fields.squares) {
      partial.origin = any_double();
      partial.squares = any_sum();
    }
    if (fields.sketch) partial.sketch = any_sketch();
    return partial;
  }

  Sketch any_sketch() {
    Sketch sketch;
    for (std::uint64_t i = below(60); i > 0; --i) {
      const double number = any_double();
      if (!std::isnan(number)) sketch.add(number, random_() >> below(64));
    }
    return sketch;
  }

  Fields any_fields() { return fields_of_number(below(kFieldsCount)); }

  Presence presence() {
    Presence presence;
    std::int64_t index = static_cast<std::int64_t>(below(100));
    const std::uint64_t gap = 1 + below(3);
    for (std::uint64_t i = below(40); i > 0; --i) {
      presence.add(index);
      index += static_cast<std::int64_t>(1 + below(gap));
    }
    return presence;
  }

  CompensatedSum any_sum() {
    return CompensatedSum({.high = any_double(), .low = any_double(), .scaled = below(2) == 0});
  }
  double any_double() {
    constexpr double kEdges[] = {0.0, -0.0, kInf, -kInf, kNaN, -kNaN, 1.0, 5e-324};
    return below(4) == 0 ? kEdges[below(std::size(kEdges))] : std::bit_cast<double>(random_());
  }
  std::int64_t any_integer() {
    constexpr std::int64_t kEdges[] = {0, -1, std::numeric_limits<std::int64_t>::min(),
                                       std::numeric_limits<std::int64_t>::max()};
    return below(4) == 0 ? kEdges[below(std::size(kEdges))]
                         : std::bit_cast<std::int64_t>(random_());
  }
  Timestamp any_time() { return at(any_integer()); }
  Window any_window() {
    const Timestamp start = any_time();
    return {.start = start, .end = any_time()};
  }

  std::mt19937_64 random_;
};

inline std::vector<LabelSet> copies(const LabelSetRefs& label_sets) {
  std::vector<LabelSet> copies;
  for (const LabelSet* labels : label_sets) copies.push_back(*labels);
  return copies;
}

}  // namespace downsampled::test
