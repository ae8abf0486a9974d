// Replies that are hard to read.
#pragma once

#include <string>

namespace downsampled {

/// A reply around these series, as Prometheus sends it.
inline std::string matrix(const std::string& series) {
  return R"({"status":"success","data":{"resultType":"matrix","result":[)" + series + "]}}";
}

/// A reply with one series that has these samples.
inline std::string with_samples(const std::string& samples) {
  return matrix(R"({"metric":{},"values":[)" + samples + "]}");
}

/// A reply with one series that has these labels.
inline std::string with_labels(const std::string& labels) {
  return matrix(R"({"metric":{)" + labels + R"(},"values":[[1,"1"]]})");
}

/// Samples from 1 s on, as many as said.
inline std::string plain_samples(int count) {
  std::string samples;
  for (int i = 1; i <= count; ++i) {
    samples +=
        (i > 1 ? ",[" : "[") + std::to_string(i) + ".25,\"" + std::to_string(i * i) + ".5\"]";
  }
  return samples;
}

/// Some kilobytes with everything that a splitter could stumble over.
inline std::string hard_reply() {
  return std::string(R"( {
  "infos" : ["PromQL info: metric might not be a counter, \"x\" ]} \\"],
  "warnings":["exceeded } ] \" \\\\", "second"], "unknown":{"values":[[1,"2"]],"deep":[[[{"a":[]}]]]},
  "isPartial":false,"stats":-1.5e3,"trace":null,"flag":true,
  "data":{"result":[
    {"values":[[1435781430,"1"],[1435781430.781,"0.12345678901234567"],[1435781431.5,"-0"],
      [1435781432.25,"NaN"],[1435781433.125,"+Inf"],[1435781434,"-Inf"],[1435781435,"Inf"]],
     "metric":{"__name__":"up","a":"}]","b":"\"values\":[[1,\"2\"]]","c":"\\","d":"\\\\\""}},
    {"metric":{"smile":"\ud83d\ude00","raw":"😀 ünï – 漢字","nul":"\u0000","tab":"\t\n\/\b\f\r",
      "escaped \u007d name":"{","empty":"","z":"values"},"values":[]},
    {"metric" : { } , "values" : [ [ -1.5 , "5e-324" ] ,
        [ 0 , "1.7976931348623157e+308" ] , [1.435781430781e9,"1e3"],
        [1435781430.7824,"123456789012345678901234567890"],[143578143079E-2,"-12.5"],
        [143578143178100000000e-11,"123456789012345678"] ] },
    {"histograms":[[1435781430.781,{"count":"2","sum":"3.5","buckets":[[0,"-0.1","0.1","2"]]}],
      [1435781445.781,{"count":"0","sum":"0"}]],"metric":{"__name__":"native","le":"}]}"}},
    {"values":[[1,"1"]],"metric":{"both":"kinds"},"future":{"values":[1]},"histograms":[[2,{}]]},
    {"metric":{"long":")" +
                     std::string(300, 'x') + R"(\\"},"values":[)" + plain_samples(100) + R"(]}
  ],"resultType":"matrix"},
  "st\u0061tus":"success" } )") +
         "\r\n\t";
}

}  // namespace downsampled
