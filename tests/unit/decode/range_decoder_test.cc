#include "decode/range_decoder.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "decoded.h"
#include "replies.h"

using namespace downsampled;

namespace {

Timestamp at(std::int64_t milliseconds) { return Timestamp(Duration(milliseconds)); }

}  // namespace

TEST_CASE("the example of Prometheus's documentation is read") {
  const Decoded decoded = decode(R"({"status":"success","data":{"resultType":"matrix","result":[
    {"metric":{"__name__":"up","job":"prometheus","instance":"localhost:9090"},
     "values":[[1435781430.781,"1"],[1435781445.781,"1"],[1435781460.781,"1"]]},
    {"metric":{"__name__":"up","job":"node","instance":"localhost:9091"},
     "values":[[1435781430.781,"0"],[1435781445.781,"0"],[1435781460.781,"1"]]}]}})");
  REQUIRE(decoded.series.size() == 2);
  CHECK(to_string(decoded.series[1].labels) ==
        R"({__name__="up",instance="localhost:9091",job="node"})");
  CHECK(decoded.series[1].samples == std::vector<Sample>{{at(1435781430781), 0},
                                                         {at(1435781445781), 0},
                                                         {at(1435781460781), 1}});
  CHECK(decoded.summary.series == 2);
  CHECK(decoded.summary.samples == 6);
}

TEST_CASE("an empty result is no error") {
  const Decoded decoded = decode(matrix(""));
  CHECK(decoded.series.empty());
  CHECK(decoded.summary.series == 0);
  CHECK(decoded.summary.bytes == matrix("").size());
}

TEST_CASE("the keys of a reply may come in any order") {
  const Decoded decoded = decode(
      R"({"data":{"result":[{"values":[[1,"2"]],"metric":{"a":"b"}}],"resultType":"matrix"},)"
      R"("status":"success"})");
  REQUIRE(decoded.series.size() == 1);
  CHECK(decoded.series[0].labels.get("a") == "b");
  CHECK(decoded.series[0].samples == std::vector<Sample>{{at(1000), 2}});
}

TEST_CASE("one series leaves nothing to the next") {
  const Decoded decoded =
      decode(matrix(R"({"metric":{"a":"1"},"values":[[1,"1"],[2,"2"]],"histograms":[[3,{}]]},)"
                    R"({"metric":{},"values":[[1,"5"]]})"));
  REQUIRE(decoded.series.size() == 2);
  CHECK(decoded.series[1].labels.empty());
  CHECK(decoded.series[1].samples == std::vector<Sample>{{at(1000), 5}});
  CHECK(decoded.series[1].histograms.empty());
}

TEST_CASE("a series is handed on as soon as it is complete") {
  int series = 0;
  RangeDecoder decoder(kNoLimits, [&](const Series&) { ++series; });
  decoder.write(R"({"status":"success","data":{"resultType":"matrix","result":[)");
  decoder.write(R"({"metric":{},"values":[[1,"1"]])");
  CHECK(series == 0);
  decoder.write("}");
  CHECK(series == 1);
}

TEST_CASE("native histograms are counted and are no samples") {
  const Decoded decoded = decode(matrix(
      R"({"metric":{},"values":[[1,"1"]],"histograms":[[1.5,{"count":"1"}],[2,{"sum":"0"}]]})"));
  REQUIRE(decoded.series.size() == 1);
  CHECK(decoded.series[0].samples.size() == 1);
  CHECK(decoded.series[0].histograms == std::vector<Timestamp>{at(1500), at(2000)});
  CHECK(decoded.summary.histograms == 2);
  CHECK(decoded.summary.samples == 1);
}

TEST_CASE("warnings, infos and a partial answer reach the summary") {
  const Decoded decoded =
      decode(R"({"status":"success","isPartial":true,"data":{"resultType":"matrix","result":[]},)"
             R"("warnings":["a \"b\""],"infos":["c","d"]})");
  CHECK(decoded.summary.warnings == std::vector<std::string>{"a \"b\""});
  CHECK(decoded.summary.infos == std::vector<std::string>{"c", "d"});
  CHECK(decoded.summary.partial);
  CHECK(decode(R"({"status":"success","data":{"resultType":"matrix","result":[]},"warnings":null})")
            .summary.warnings.empty());
}

TEST_CASE("an error of whoever takes the series goes through") {
  RangeDecoder decoder(kNoLimits, [](const Series&) { throw Error(Reason::limit_exceeded, "no"); });
  CHECK_THROWS_WITH_AS(decoder.write(with_samples(R"([1,"1"])")), "no", Error);
}
