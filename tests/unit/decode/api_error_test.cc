#include "decode/api_error.h"

#include <doctest/doctest.h>

using namespace downsampled;

TEST_CASE("the error body of Prometheus is read") {
  const auto error = decode_api_error(
      R"({"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": \u2026"})");
  REQUIRE(error.has_value());
  CHECK(error->type == "bad_data");
  CHECK(error->message == "invalid parameter \"query\": …");
}

TEST_CASE("an error body may lack its type or its message") {
  const auto error = decode_api_error(R"({"error":"only words","status":"error"})");
  REQUIRE(error.has_value());
  CHECK(error->type.empty());
  CHECK(error->message == "only words");
  CHECK(decode_api_error(R"({"status":"error","errorType":422,"error":null})").has_value());
}

TEST_CASE("anything else is no error body") {
  for (const char* body : {"", "null", "[]", "\"error\"", "<html>502 Bad Gateway</html>", "{}",
                           R"({"status":"success"})", R"({"status":["error"]})",
                           R"({"status":"error")", R"({"status":"error"} x)"}) {
    CAPTURE(body);
    CHECK_FALSE(decode_api_error(body).has_value());
  }
}
