// What is no successful matrix is refused, in words that say what is wrong and where.
#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "decode/range_decoder.h"
#include "decoded.h"
#include "replies.h"

using namespace downsampled;

namespace {

/// The reply is refused for `reason`, with `words` in the message, in one piece and byte by byte.
void check_refused(const std::string& body, const std::string& reason, const std::string& words) {
  CAPTURE(body);
  const std::string error = decode_error(body);
  CAPTURE(error);
  CHECK(error.starts_with(reason + ": "));
  CHECK(error.find(words) != std::string::npos);
  CHECK(decode_error(chunks_of(body, 1)) == error);
}

void check_malformed(const std::string& body, const std::string& words) {
  check_refused(body, "malformed_reply", words);
}

std::string result(const std::string& type, const std::string& json) {
  return R"({"status":"success","data":{"resultType":")" + type + R"(","result":)" + json + "}}";
}

}  // namespace

TEST_CASE("a result that is no matrix is refused") {
  check_malformed(result("vector", R"([{"metric":{},"value":[1,"1"]}])"), "\"vector\"");
  check_malformed(result("scalar", R"([1,"1"])"), "a range query must answer a matrix");
  check_malformed(result("string", R"([1,"x"])"), "a range query must answer a matrix");
  check_malformed(result("matrix", "null"), "the result is not an array");
  check_malformed(result("matrix", "{}"), "the result is not an array");
}

TEST_CASE("a result that is no matrix is refused when its type comes last") {
  const std::string head = R"({"status":"success","data":{"result":)";
  check_malformed(head + R"([{"metric":{},"value":[1,"1"]}],"resultType":"vector"}})",
                  "must answer a matrix");
  check_malformed(head + R"([{"metric":{},"histogram":[1,{}]}],"resultType":"vector"}})",
                  "must answer a matrix");
  check_malformed(head + R"([1,"1"],"resultType":"scalar"}})", "must answer a matrix");
  check_malformed(head + R"([],"resultType":"vector"}})", "must answer a matrix");
  check_malformed(head + "[]}}", "must answer a matrix");
}

TEST_CASE("a reply without what it must have is refused") {
  check_malformed(R"({"status":"success","data":null})", "no data");
  check_malformed(R"({"status":"success"})", "no data");
  check_malformed(R"({"status":"success","data":[]})", "data is not an object");
  check_malformed(R"({"status":"success","data":{"resultType":"matrix"}})", "no result");
  check_malformed(R"({"data":{"resultType":"matrix","result":[]}})", "no status");
  check_malformed(R"({"status":"odd","data":{"resultType":"matrix","result":[]}})", "\"odd\"");
  check_malformed(R"({"status":true})", "expected a string");
  check_malformed(matrix(R"({"values":[[1,"1"]]})"), "no metric");
  check_malformed(matrix(R"({"metric":{}})"), "no values");
  check_malformed(matrix(R"({"metric":{},"values":null})"), "not an array");
  check_malformed(matrix(R"({"metric":null,"values":[]})"), "a metric is not an object");
  check_malformed(matrix("null"), "must answer a matrix");
}

TEST_CASE("the error of the server is told in its words, wherever it stands") {
  const std::string words = "bad_data: parse error: unexpected \"}\"";
  const std::string error = R"("errorType":"bad_data","error":"parse error: unexpected \"}\"")";
  check_refused(R"({"status":"error",)" + error + "}", "query_error", words);
  check_refused(R"({"status":"error","data":null,)" + error + "}", "query_error", words);
  check_refused(R"({"status":"error","data":{"resultType":"","result":null},)" + error + "}",
                "query_error", words);
  check_refused("{" + error + R"(,"data":null,"status":"error"})", "query_error", words);
}

TEST_CASE("what is not JSON is refused, and HTML is called by its name") {
  check_malformed("", "the reply is empty");
  check_malformed(" \n", "the reply is empty");
  check_malformed("<!DOCTYPE html><html><body>Sign in</body></html>", "looks like HTML");
  check_malformed("\n<html>", "check PROMETHEUS_URL");
  check_malformed("Not found", "not JSON");
  check_malformed("[]", "not an object");
  check_malformed("\xEF\xBB\xBF{}", "not JSON");
  check_malformed(std::string("\0{}", 3), "not JSON");
}

TEST_CASE("a reply that ends too early is truncated, wherever it ends") {
  const std::string body = hard_reply();
  const std::size_t end = body.rfind('}');
  for (std::size_t length = 2; length <= end; ++length) {
    CAPTURE(length);
    const std::string error = decode_error(std::string_view(body).substr(0, length));
    REQUIRE(error.find("truncated") != std::string::npos);
  }
  CHECK(
      decode_error(matrix(R"({"metric":{},"values":[]},{"metric":{},"values":[[1)").substr(0, 110))
          .find("in series 2") != std::string::npos);
}

TEST_CASE("bytes after the document are refused") {
  check_malformed(matrix("") + "x", "bytes follow");
  check_malformed(matrix("") + matrix(""), "bytes follow");
  check_malformed(matrix("") + "]", "bytes follow");
  check_malformed(matrix("") + std::string(1, '\0'), "bytes follow");
}

TEST_CASE("broken punctuation is refused") {
  for (const char* body :
       {R"({"status":"success",})", R"({"status" "success"})", R"({"status":"success";})",
        R"({,"status":"success"})", R"({"status":,"a":1})", R"({status:"success"})", R"({"a":})",
        R"({"a":tru})", R"({"a":01})", R"({"a":1 2})", R"({"a":[1,]})", R"({"a":{"b":}})",
        R"({"a":[1}})", R"({"a":"\x"})", R"({"a")", R"({"a":1]"})", R"({"a":"b"c})", "{]"}) {
    check_malformed(body, "");
  }
  for (const char* series : {",{}", "[}", "1"}) check_malformed(matrix(series), "at byte 60: ");
  for (const char* series :
       {"{},", "{};{}", R"({"metric":{"a":"b"]})", R"({"metric":{},"values":[[1,"1"];[2,"2"]]})",
        R"({"metric":{},"values":[[1,"1"]}})", R"({"metric":{},"values":[,[1,"1"]]})",
        R"({"metric":{},"values":[[1,"1"],]})"}) {
    check_malformed(matrix(series), "in series");
  }
}

TEST_CASE("a key that stands twice is refused") {
  check_malformed(R"({"status":"success","status":"success"})", "twice");
  check_malformed(matrix(R"({"metric":{},"values":[],"values":[]})"), "twice");
  check_malformed(matrix(R"({"metric":{},"metric":{},"values":[]})"), "twice");
}

TEST_CASE("labels that are none are refused, with the number of the series") {
  check_malformed(with_labels("\"a\":\"\x01\""), "in series 1: invalid JSON");
  check_malformed(with_labels("\"a\":\"line\nbreak\""), "invalid JSON");
  check_malformed(with_labels("\"a\":\"\xff\""), "invalid JSON");
  check_malformed(with_labels("\"a\":\"\xc0\xaf\""), "invalid JSON");      // overlong
  check_malformed(with_labels("\"a\":\"\xed\xa0\x80\""), "invalid JSON");  // a surrogate
  check_malformed(with_labels("\"a\xe2\x82\":\"\""), "invalid JSON");      // cut short
  check_malformed(with_labels(R"("a":"\ud83d")"), "invalid JSON");
  check_malformed(with_labels(R"("a":"\q")"), "invalid JSON");
  check_malformed(with_labels(R"("a":"1","b":"2","a":"3")"), "label \"a\" stands twice");
  check_malformed(with_labels(R"("a":"1","\u0061":"3")"), "label \"a\" stands twice");
  check_malformed(with_labels(R"("a":1)"), "label \"a\" is not a string");
  check_malformed(with_labels(R"("a":null)"), "label \"a\" is not a string");
  check_malformed(with_labels(R"("a":{"b":"c"})"), "label \"a\" is not a string");
  check_malformed(with_labels(R"("":"1")"), "empty name");
  check_malformed(matrix(R"({"metric":{},"values":[]},{"metric":{"a":1},"values":[]})"),
                  "in series 2: label");
}

TEST_CASE("invalid UTF-8 is refused in what is not used, too") {
  check_malformed("{\"a\":\"\xff\"}", "invalid JSON");
  check_malformed("{\"\xff\":1}", "invalid JSON");
  check_malformed(matrix("{\"metric\":{},\"values\":[],\"new\":{\"\xff\":[]}}"), "invalid JSON");
}

TEST_CASE("malformed samples are refused, with the offset") {
  const std::size_t start = with_samples("").find("]}]}}");
  for (const char* value :
       {"",      " ",      "abc",     "1x",  "1 ",       " 1",   "--1",  "+1",     "1.2.3",
        "1,5",   "0x10",   "nan",     "inf", "Infinity", "+inf", "-NaN", "NaN(1)", "1e",
        "1e999", "-1e999", "\\u0031", "1\n", ".",        "-",    "e5",   "1_0"}) {
    check_malformed(with_samples(std::string(R"([1,")") + value + R"("])"),
                    "byte " + std::to_string(start + 4 + std::strlen(value)) +
                        ", in series 1: a sample's value");
  }
  for (const char* time : {"", "x", "\"1\"", "01", "-", "+1", ".5", "1.", "1.e3", "1e", "1e+",
                           "NaN", "null", "1e30", "99999999999999999999", "-1e400", "--1"}) {
    check_malformed(with_samples(std::string("[") + time + R"(,"1"])"),
                    "in series 1: a sample's time");
  }
  for (const char* sample : {"[1,1]", "[1]", "[]", "{}", "1", "null", R"([1,"1",2])", R"([1 "1"])",
                             "[0x1,\"1\"]", R"(["1","1"])", R"([[1,"1"]])", R"([1,null])"}) {
    check_malformed(with_samples(sample), "in series 1: a sample");
  }
}

TEST_CASE("times that do not rise are refused") {
  check_malformed(with_samples(R"([1,"1"],[1,"1"])"), "do not rise");
  check_malformed(with_samples(R"([2,"1"],[1,"1"])"), "do not rise");
  check_malformed(with_samples(R"([1.0001,"1"],[1.0002,"1"])"), "do not rise");
  check_malformed(matrix(R"({"metric":{},"histograms":[[1,{}],[1,{}]]})"), "do not rise");
}

TEST_CASE("malformed histograms are refused") {
  for (const char* histogram : {"[]", "{}", "1", R"(["1",{}])", "[1,{}", "[1x,{}]", "[1,{]"}) {
    check_malformed(matrix(std::string(R"({"metric":{},"histograms":[)") + histogram + "]}"),
                    "in series 1");
  }
}
