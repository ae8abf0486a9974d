#include "aggregate/rolling_window.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <random>
#include <set>

#include "base/error.h"

namespace downsampled {
namespace {

constexpr Fields kSum{.sum = true};

/// Panes of three series, of which one comes and goes, with values that no order of sums rounds
/// alike.
struct Panes {
  std::optional<Block> operator()(std::int64_t number) {
    reads.push_back(number);
    if (gone.contains(number)) return std::nullopt;
    Block block(kSum);
    block.coverage = {.points = 4, .covered = 4};
    std::vector<LabelSet> labels;
    for (int series = 0; series < 3; ++series) {
      if (series == 1 && number / 7 % 3 == 0) continue;
      labels.push_back(LabelSet{{"i", std::string(1, static_cast<char>('a' + series))}});
      Partial partial;
      for (int sample = 0; sample < 4; ++sample) {
        partial.add({{}, 1.0 / static_cast<double>(number % 97 + 3 * series + sample + 1)}, kSum);
      }
      block.partials.push_back(partial);
    }
    block.labels = std::make_shared<const std::vector<LabelSet>>(std::move(labels));
    return block;
  }

  RollingWindow::Leaf leaf() {
    return [this](std::int64_t number) { return (*this)(number); };
  }

  std::vector<std::int64_t> reads;
  std::set<std::int64_t> gone;
};

BlockPtr merged(RollingWindow& window, PaneRange panes, const RollingWindow::Leaf& leaf) {
  return window.merged(panes, std::span(&panes, 1), leaf);
}

bool same_bits(const Block& a, const Block& b) {
  if (*a.labels != *b.labels || !(a.coverage == b.coverage)) return false;
  for (std::size_t i = 0; i < a.labels->size(); ++i) {
    if (!(a.partials.at(i) == b.partials.at(i))) return false;
  }
  return true;
}

TEST_CASE("a window that rolls has the bits of one that is made afresh, at every block boundary") {
  for (const std::int64_t length : {1, 2, 3, 7, 8, 60, 64, 65, 288}) {
    CAPTURE(length);
    Panes panes;
    RollingWindow rolling;
    for (std::int64_t end = 10'000; end < 10'000 + 3 * length + 300; ++end) {
      RollingWindow fresh;
      const PaneRange window{end - length, end};
      const BlockPtr kept = merged(rolling, window, panes.leaf());
      REQUIRE(same_bits(*kept, *merged(fresh, window, panes.leaf())));
      CHECK(kept->coverage.points == 4 * length);
      rolling.read_ahead(panes.leaf());
    }
  }
}

TEST_CASE("each slot reads few panes, and the numbers kept are logarithmic in the length") {
  for (const std::int64_t length : {8, 60, 64, 720, 1440, 4096}) {
    CAPTURE(length);
    const auto levels =
        static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(length)));
    Panes panes;
    RollingWindow rolling;
    std::size_t most_blocks = 0;
    std::size_t most_reads = 0;
    const std::int64_t first = 1'000'000;
    for (std::int64_t end = first; end < first + 3 * length; ++end) {
      panes.reads.clear();
      merged(rolling, {end - length, end}, panes.leaf());
      CHECK((end == first || panes.reads.size() <= 1));  // the newest, and none to wait for
      rolling.read_ahead(panes.leaf());
      const RollingWindow::Numbers numbers = rolling.numbers();
      std::size_t blocks = 0;
      for (const std::size_t count : numbers.blocks) blocks += count;
      most_blocks = std::max(most_blocks, blocks);
      if (end >= first + 2 * length) most_reads = std::max(most_reads, panes.reads.size());
    }
    CHECK(most_reads <= levels + 1);
    CHECK(most_blocks <= 3 * levels + levels * levels / 4);
  }
}

TEST_CASE("runs with gaps between them merge to what is there") {
  Panes panes;
  RollingWindow rolling;
  const PaneRange window{100, 200};
  const PaneRange runs[] = {{100, 130}, {150, 151}, {170, 200}};
  const BlockPtr part = rolling.merged(window, runs, panes.leaf());
  CHECK(part->coverage.points == 4 * 61);
  CHECK(rolling.complete().empty());
  CHECK(same_bits(
      *merged(rolling, window, panes.leaf()), *[&] {
        RollingWindow fresh;
        return merged(fresh, window, panes.leaf());
      }()));
  CHECK(rolling.complete() == window);
}

TEST_CASE("a pane that is not to be had is an error, and read again the next time") {
  Panes panes;
  RollingWindow rolling;
  merged(rolling, {100, 164}, panes.leaf());
  panes.gone.insert(164);
  CHECK_THROWS_AS(merged(rolling, {101, 165}, panes.leaf()), Error);
  CHECK(rolling.complete().empty());
  panes.gone.clear();
  CHECK(merged(rolling, {101, 165}, panes.leaf())->coverage.points == 4 * 64);
}

TEST_CASE("series of one block are one list, which windows and their blocks share") {
  Panes panes;
  RollingWindow rolling;
  const auto steady = [&](std::int64_t number) { return panes(number * 21 + 7); };
  const BlockPtr first = merged(rolling, {100, 164}, steady);
  CHECK(merged(rolling, {101, 165}, steady)->labels == first->labels);
}

}  // namespace
}  // namespace downsampled
