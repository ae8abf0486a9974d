#include "pipeline/partial_answer.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace downsampled {
namespace {

using namespace std::chrono_literals;

const std::string kNoStore = "No StoreAPIs matched for this query";

std::optional<Error> of(std::vector<std::string> warnings, bool marked = false, Duration age = 1min,
                        std::uint64_t series = 0) {
  ReplySummary summary;
  summary.series = series;
  summary.warnings = std::move(warnings);
  summary.partial = marked;
  return partial_answer(summary, age);
}

TEST_CASE("what a server does without makes an answer partial") {
  CHECK(of({}, true));
  CHECK(of({kNoStore}));
  CHECK(
      of({"receive series from Addr: 10.0.0.7:10901 LabelSets: {a=\"b\"} MinTime: 1 MaxTime: 2: "
          "rpc error: code = Unavailable"}));
  CHECK(of({"PromQL warning: x", "remote_read: remote server http://h returned HTTP status 500"}));
  CHECK_FALSE(of({}));
}

TEST_CASE("a time that no store reaches back to is empty, and no part of anything") {
  CHECK_FALSE(of({kNoStore, kNoStore}, false, 48h));
  CHECK(of({kNoStore}, false, 24h));
  CHECK(of({kNoStore}, false, 48h, 1));
  CHECK(of({kNoStore}, true, 48h));
  CHECK(of({kNoStore, "rpc error"}, false, 48h));
}

TEST_CASE("a remark on the expression does not") {
  CHECK_FALSE(of({"PromQL warning: quantile value should be between 0 and 1, got 7 (1:1)",
                  "PromQL info: metric might not be a counter, name does not end in _total"}));
}

TEST_CASE("the error says what the server said, in one line, and the remedy") {
  const auto error = of({"a store\nis away"});
  REQUIRE(error);
  CHECK(error->reason() == Reason::partial_answer);
  CHECK(error->message().find("may lack some data: a store") != std::string::npos);
  CHECK(error->message().find('\n') == std::string::npos);
  CHECK(error->message().find("allow_partial: true") != std::string::npos);
}

}  // namespace
}  // namespace downsampled
