#include "journal/packing.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"
#include "journal/label_set_edits.h"
#include "support/same_bits.h"
#include "unit/journal/random_rows.h"

namespace downsampled {
namespace {

constexpr std::uint64_t kOwner = 7;

using test::copies;
using test::fields_of_number;
using test::kFieldsCount;
using test::RandomRows;
using test::same_bits;

/// What is said of bytes that do not unpack; empty where they do.
template <typename Unpack>
std::string problem_of(Unpack unpack) {
  try {
    unpack();
  } catch (const Error& error) {
    REQUIRE(error.reason() == Reason::damaged);
    return error.message();
  }
  return {};
}

std::string window_problem(const std::string& packed, const RecordedWindow& window) {
  return problem_of([&] { unpack_window(packed, copies(label_sets_of(window)), kOwner); });
}

std::string pane_problem(const std::string& packed, const Pane& pane) {
  return problem_of([&] { unpack_pane(packed, copies(label_sets_of(pane)), kOwner); });
}

std::string label_sets_problem(const std::string& packed, const std::string& hash) {
  return problem_of([&] { unpack_label_sets(packed, hash); });
}

/// That the problem of everything that is not quite `packed` is not empty.
template <typename ProblemOf>
void check_that_damage_is_found(const std::string& packed, ProblemOf problem) {
  REQUIRE(problem(packed) == "");
  for (std::size_t bit = 0; bit < packed.size() * 8; ++bit) {
    std::string flipped = packed;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    REQUIRE_FALSE(problem(flipped).empty());
  }
  for (std::size_t size = 0; size < packed.size(); ++size) {
    REQUIRE_FALSE(problem(packed.substr(0, size)).empty());
    REQUIRE_FALSE(problem(packed.substr(packed.size() - size)).empty());
  }
  CHECK_FALSE(problem(packed + packed).empty());
  CHECK_FALSE(problem(packed + '\0').empty());
}

TEST_CASE("windows come back bit for bit") {
  RandomRows random(5);
  for (int round = 0; round < 200; ++round) {
    const RecordedWindow window = random.window(random.below(40));
    REQUIRE(same_bits(
        unpack_window(pack_window(window, kOwner), copies(label_sets_of(window)), kOwner), window));
  }
}

TEST_CASE("panes come back bit for bit, whatever fields they hold") {
  RandomRows random(6);
  for (std::uint64_t round = 0; round < 10 * kFieldsCount; ++round) {
    const Pane pane = random.pane(random.below(40), fields_of_number(round % kFieldsCount));
    REQUIRE(
        same_bits(unpack_pane(pack_pane(pane, kOwner), copies(label_sets_of(pane)), kOwner), pane));
  }
}

TEST_CASE("lists of label sets come back, in any order") {
  RandomRows random(7);
  for (int round = 0; round < 200; ++round) {
    RecordedWindow window = random.window(random.below(40));
    if (round % 2 == 0) {
      std::sort(window.samples.begin(), window.samples.end(),
                [](const auto& a, const auto& b) { return a.labels < b.labels; });
    }
    if (round % 3 == 0) window.samples.push_back({LabelSet{}, 0});
    const LabelSetRefs refs = label_sets_of(window);
    REQUIRE(unpack_label_sets(pack_label_sets(refs), hash_label_sets(refs)) == copies(refs));
  }
}

TEST_CASE("every changed or missing byte of a window is found") {
  const RecordedWindow window = RandomRows(8).window(12);
  check_that_damage_is_found(pack_window(window, kOwner),
                             [&](const auto& packed) { return window_problem(packed, window); });
}

TEST_CASE("every changed or missing byte of a pane is found") {
  const Pane pane = RandomRows(9).pane(5, fields_of_number(kFieldsCount - 1));
  check_that_damage_is_found(pack_pane(pane, kOwner),
                             [&](const auto& packed) { return pane_problem(packed, pane); });
}

TEST_CASE("every changed or missing byte of a list of label sets is found") {
  const RecordedWindow window = RandomRows(10).window(12);
  const LabelSetRefs refs = label_sets_of(window);
  const std::string hash = hash_label_sets(refs);
  check_that_damage_is_found(pack_label_sets(refs),
                             [&](const auto& packed) { return label_sets_problem(packed, hash); });
}

TEST_CASE("bytes of another kind are refused") {
  const RecordedWindow window{};
  const Pane pane{};
  const std::string label_sets = pack_label_sets({});
  CHECK(window_problem(pack_pane(pane, kOwner), window) != "");
  CHECK(pane_problem(pack_window(window, kOwner), pane) == "it does not say `pane   2`");
  // Lists of label sets are nobody's own.
  CHECK(problem_of([&] { unpack_window(label_sets, {}, 0); }) == "it does not say `window 1`");
  CHECK(problem_of([&] { unpack_pane(label_sets, {}, 0); }) == "it does not say `pane   2`");
  CHECK(label_sets_problem(pack_window(window, 0), hash_label_sets({})) ==
        "it does not say `series 1`");
}

TEST_CASE("another owner's bytes are refused") {
  const RecordedWindow window = RandomRows(12).window(3);
  const Pane pane = RandomRows(13).pane(3);
  CHECK(window_problem(pack_window(window, kOwner + 1), window) == "its checksum does not match");
  CHECK(pane_problem(pack_pane(pane, kOwner + 1), pane) == "its checksum does not match");
}

TEST_CASE("another number of series is refused") {
  RandomRows random(11);
  const RecordedWindow window = random.window(3);
  const Pane pane = random.pane(3);
  for (const std::size_t count : {0, 2, 4, 1000}) {
    const RecordedWindow other_window = random.window(count);
    const Pane other_pane = random.pane(count);
    CHECK(window_problem(pack_window(window, kOwner), other_window) != "");
    CHECK(pane_problem(pack_pane(pane, kOwner), other_pane) ==
          "it has 3 series where its list of label sets has " + std::to_string(count));
  }
}

TEST_CASE("a list of label sets is refused under another list's hash") {
  const LabelSet one{{"pod", "a"}};
  const LabelSet other{{"pod", "b"}};
  CHECK(label_sets_problem(pack_label_sets({&one}), hash_label_sets({&other})) ==
        "its label sets are others than its hash says");
}

TEST_CASE("edits that make no label sets are refused, checksum or not") {
  const LabelSet labels{{"pod", "a"}};
  const std::string good = write_edits({&labels});
  REQUIRE(problem_of([&] { read_edits(good); }) == "");
  for (std::size_t at = 0; at + labels.packed().size() < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    REQUIRE(problem_of([&] { read_edits(bad); }) != "");
  }
}

TEST_CASE("lists of label sets that are the same text in other pieces have other hashes") {
  const LabelSet a{{"a", "1"}};
  const LabelSet b{{"b", "2"}};
  const LabelSet both{{"a", "1"}, {"b", "2"}};
  const LabelSet none;
  REQUIRE(std::string(a.packed()).append(b.packed()) == both.packed());
  std::vector<std::string> hashes;
  for (const LabelSetRefs& list :
       {LabelSetRefs{}, LabelSetRefs{&none}, LabelSetRefs{&none, &none}, LabelSetRefs{&both},
        LabelSetRefs{&a, &b}, LabelSetRefs{&b, &a}, LabelSetRefs{&none, &a, &b},
        LabelSetRefs{&a, &none, &b}, LabelSetRefs{&both, &none}}) {
    hashes.push_back(hash_label_sets(list));
    CHECK(hashes.back().size() == 16);
  }
  std::sort(hashes.begin(), hashes.end());
  CHECK(std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end());
}

TEST_CASE("noise takes its own eight bytes, and what does not change next to nothing") {
  RecordedWindow window;
  Pane pane{.fields = fields_of_number(kFieldsCount - 1)};
  RandomRows random(12);
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const LabelSet labels{{"pod", std::to_string(i)}};
    window.samples.push_back({labels, std::sqrt(static_cast<double>(random.below(1'000'000)))});
    pane.series.push_back({.labels = labels});
    for (std::int64_t point = 0; point < 60; ++point) {
      pane.series.back().partial.add({test::at(point), 3}, pane.fields);
      pane.series.back().presence.add(point);
    }
  }
  CHECK(pack_window(window, kOwner).size() < 10'000 * 9);
  CHECK(pack_pane(pane, kOwner).size() < 1000);
  CHECK(pack_label_sets(label_sets_of(window)).size() < 10'000 * 3);
}

TEST_CASE("a pane of averages of noise takes at most 16 bytes a series") {
  std::mt19937_64 random(14);
  std::uniform_real_distribution<double> noise(0.1, 4.0);
  constexpr int kSeries = 10'000;
  Pane pane{.fields = {.sum = true}};
  for (int i = 0; i < kSeries; ++i) {
    pane.series.push_back({.labels = LabelSet{{"pod", std::to_string(i)}}});
    for (std::int64_t point = 0; point < 4; ++point) {
      pane.series.back().partial.add({test::at(point), noise(random)}, pane.fields);
      pane.series.back().presence.add(point);
    }
  }
  const double bytes = static_cast<double>(pack_pane(pane, kOwner).size()) / kSeries;
  MESSAGE("bytes a series: ", bytes);
  CHECK(bytes <= 16);
  pane.fields = {};
  MESSAGE("bytes a series of its counts: ", pack_pane(pane, kOwner).size() / double{kSeries});
}

}  // namespace
}  // namespace downsampled
