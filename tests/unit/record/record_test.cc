#include "record/record.h"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>

#include "aggregate/pane_builder.h"
#include "base/error.h"
#include "support/series.h"

namespace downsampled {
namespace {

using namespace test;
using namespace std::chrono_literals;

const Window kWindow{at(0), at(60'000)};
const Grid kGrid = grid_of(kWindow, 10s);

Group group_of(Rule rule, std::size_t limit = 0) {
  return {.name = "g", .file = "f", .interval = 60s, .step = 10s, .limit = limit, .rules = {rule}};
}

Pane pane_of(const Rule& rule, const std::vector<OwnedSeries>& input) {
  const CoverageMask mask = CoverageMask::everything(kGrid);
  PaneBuilder builder(kWindow, kGrid, mask, fields_of(rule.aggregate));
  for (const OwnedSeries& series : input) builder.add(series.view());
  return builder.finish();
}

RecordedWindow record_all(const Group& group, const std::vector<OwnedSeries>& input) {
  const Rule& rule = group.rules[0];
  OutputLabels outputs(rule.labels);
  return record(group, rule, kWindow, output_block(rule, pane_of(rule, input), outputs));
}

Reason reason_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.reason();
  }
  FAIL("no error");
  return Reason::config;
}

TEST_CASE("the record takes the place of the name, and the rule's labels win") {
  const RuleLabels labels{{"gone", ""}, {"type", "Model"}};
  const LabelSet input{{"__name__", "cpu"}, {"type", "x"}, {"gone", "y"}, {"pod", "a"}};
  CHECK(output_labels(input, labels) == LabelSet{{"pod", "a"}, {"type", "Model"}});
}

TEST_CASE("what is remembered of one pane's label sets does not show in another's") {
  const Rule rule{.record = "r", .expr = "e", .labels = {{"pod", ""}}, .window = 60s};
  const auto in = [](const char* pod, const char* zone, double value) {
    return series({{"pod", pod}, {"zone", zone}}, kGrid, {value});
  };
  const std::vector<std::vector<OwnedSeries>> panes{
      {in("1", "b", 1), in("2", "a", 2)}, {in("1", "b", 3), in("2", "a", 4)}, {in("1", "b", 5)}, {},
      {in("2", "b", 6), in("1", "a", 7)}, {in("1", "b", 8), in("2", "a", 9)}};
  OutputLabels kept(rule.labels);
  for (const auto& input : panes) {
    const Pane pane = pane_of(rule, input);
    OutputLabels fresh(rule.labels);
    const Block expected = output_block(rule, pane, fresh);
    const Block block = output_block(rule, pane, kept);
    CHECK(*block.labels == *expected.labels);
    CHECK(block.labels->size() == input.size());
    for (std::size_t i = 0; i < block.labels->size(); ++i) {
      CHECK(block.partials.at(i).sum.value() == expected.partials.at(i).sum.value());
    }
  }
}

TEST_CASE("samples are sorted and carry the reduced value") {
  const Group group = group_of({.record = "r", .expr = "e", .window = 60s});
  const RecordedWindow recorded = record_all(
      group, {series({{"pod", "b"}}, kGrid, {1, 2, 3}), series({{"pod", "a"}}, kGrid, {4, 6})});
  REQUIRE(recorded.samples.size() == 2);
  CHECK(recorded.samples[0].labels == LabelSet{{"pod", "a"}});
  CHECK(recorded.samples[0].value == 5);
  CHECK(recorded.samples[1].value == 2);
  CHECK(recorded.covered == 6);
}

TEST_CASE("a quantile is that of the points of a window, absent ones being none or zeros") {
  Group group = group_of(
      {.record = "r", .expr = "e", .aggregate = {Aggregate::quantile, 0.75}, .window = 60s});
  const std::vector<OwnedSeries> input = {series({{"pod", "a"}}, kGrid, {8, 1, kNaN, 4})};
  CHECK(record_all(group, input).samples.at(0).value == doctest::Approx(6).epsilon(0.01));
  group.rules[0].absent = Absent::zero;
  CHECK(record_all(group, input).samples.at(0).value == doctest::Approx(3.25).epsilon(0.01));
}

TEST_CASE("two input series of one output label set are merged point by point") {
  const Group group =
      group_of({.record = "r", .expr = "e", .labels = {{"uid", ""}}, .window = 60s});
  const RecordedWindow recorded =
      record_all(group, {series({{"pod", "a"}, {"uid", "2"}}, kGrid, {kNone, kNone, 5, 7}),
                         series({{"pod", "a"}, {"uid", "1"}}, kGrid, {1, 3})});
  REQUIRE(recorded.samples.size() == 1);
  CHECK(recorded.samples[0].value == 4);
}

TEST_CASE("two samples at one time for one output label set are an error") {
  const Group group =
      group_of({.record = "r", .expr = "e", .labels = {{"uid", ""}}, .window = 60s});
  CHECK(reason_of([&] {
          record_all(group, {series({{"uid", "1"}}, kGrid, {1, 3}),
                             series({{"uid", "2"}}, kGrid, {kNone, 5})});
        }) == Reason::duplicate_series);
}

TEST_CASE("over the group's limit nothing is recorded") {
  const std::vector<OwnedSeries> input{series({{"pod", "b"}}, kGrid, {1}),
                                       series({{"pod", "a"}}, kGrid, {1})};
  const Rule rule{.record = "r", .expr = "e", .window = 60s};
  CHECK(record_all(group_of(rule, 2), input).samples.size() == 2);
  CHECK(reason_of([&] { record_all(group_of(rule, 1), input); }) == Reason::limit_exceeded);
}

TEST_CASE("a histogram's series is dropped where absence would make it zero") {
  OwnedSeries mixed = series({{"pod", "a"}}, kGrid, {1, 2});
  mixed.histograms = {at(60'000)};
  CHECK(record_all(group_of({.record = "r", .expr = "e", .window = 60s}), {mixed}).samples.size() ==
        1);
  CHECK(record_all(group_of({.record = "r", .expr = "e", .absent = Absent::zero, .window = 60s}),
                   {mixed})
            .samples.empty());
}

}  // namespace
}  // namespace downsampled
