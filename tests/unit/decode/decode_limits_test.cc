// A server cannot make the decoder read or keep more than it was allowed to.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "base/error.h"
#include "decoded.h"
#include "replies.h"

using namespace downsampled;

namespace {

constexpr DecodeLimits kSmall{.max_reply_bytes = 4'000'000, .max_series_bytes = 300'000};

/// Writes `head`, then `next(i)` for i = 0, 1, … until the decoder refuses. Gives the error and the
/// bytes that were written before; fails the test when nothing refuses 100 MB.
struct Endless {
  template <typename Next>
  Endless(const std::string& head, Next next) {
    RangeDecoder decoder(kSmall, [&](const Series&) { ++series; });
    try {
      decoder.write(head);
      for (std::size_t i = 0; bytes < 100'000'000; ++i) {
        const std::string piece = next(i);
        decoder.write(piece);
        bytes += piece.size();
      }
      FAIL("an endless reply was never refused");
    } catch (const Error& error) {
      message = std::string(to_string(error.reason())) + ": " + error.message();
    }
  }

  std::string message;
  std::size_t bytes = 0;
  std::size_t series = 0;
};

const std::string kHead = R"({"status":"success","data":{"resultType":"matrix","result":[)";

}  // namespace

TEST_CASE("an endless reply is refused at its bound, with the setting's name") {
  const Endless endless(kHead, [](std::size_t i) {
    return std::string(i ? "," : "") + R"({"metric":{},"values":[[1,"1"]]})";
  });
  CHECK(endless.message.starts_with("reply_too_large: "));
  CHECK(endless.message.find("--query.max-reply-bytes") != std::string::npos);
  CHECK(endless.bytes < kSmall.max_reply_bytes);
  CHECK(endless.series > 100'000);
}

TEST_CASE("one endless series is refused at its bound, with the setting's name") {
  const Endless endless(kHead + R"({"metric":{},"values":[)", [](std::size_t i) {
    return (i ? ",[" : "[") + std::to_string(i) + R"(,"1"])";
  });
  CHECK(endless.message.starts_with("reply_too_large: series 1 "));
  CHECK(endless.message.find("--query.max-series-bytes") != std::string::npos);
  CHECK(endless.bytes <= kSmall.max_series_bytes);
}

TEST_CASE("an endless value of any kind is refused") {
  const auto zeros = [](std::size_t) { return std::string(1000, '0'); };
  const auto spaces = [](std::size_t) { return std::string(1000, ' '); };
  const std::string sample = kHead + R"({"metric":{},"values":[[1)";
  for (const std::string& head :
       {sample + ",\"", sample, sample + ".", kHead + R"({"metric":{"a":")",
        kHead + R"({"metric":{},"histograms":[[1,{"a":")", kHead + R"({"x":[)",
        std::string(R"({"warnings":[")"), std::string(R"({")"), std::string(R"({"a":1)")}) {
    CAPTURE(head);
    const Endless endless(head, zeros);
    CHECK_FALSE(endless.message.empty());
    CHECK(endless.bytes <= RangeDecoder::kMaxValueBytes + 1000);
  }
  for (const std::string& head : {std::string(), kHead, sample, kHead + R"({"metric")"}) {
    CAPTURE(head);
    CHECK_FALSE(Endless(head, spaces).message.empty());
  }
}

TEST_CASE("nesting is refused before it is deep") {
  for (const std::string& head : {std::string(R"({"a":)"), kHead + R"({"metric":{"a":)",
                                  kHead + R"({"metric":{},"histograms":[)"}) {
    CAPTURE(head);
    const Endless arrays(head, [](std::size_t) { return "["; });
    CHECK(arrays.message.find("nested too deeply") != std::string::npos);
    CHECK(arrays.bytes < 100);
    const Endless objects(head, [](std::size_t) { return R"({"a":)"; });
    CHECK(objects.message.find("nested too deeply") != std::string::npos);
  }
}

TEST_CASE("a series may be as large as its bound, and no byte larger") {
  const std::string series = R"({"metric":{"a":"b"},"values":[[1,"1"],[2,"2"]]})";
  const std::string body = matrix(series + "," + series);
  const auto error = [&](std::uint64_t bound, std::size_t chunk) {
    return decode_error(chunks_of(body, chunk), {body.size(), bound});
  };
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, body.size()}) {
    CHECK(error(series.size(), chunk).empty());
    CHECK(error(series.size() - 1, chunk).find("series 1 ") != std::string::npos);
  }
}

TEST_CASE("a reply may be as large as its bound, and no byte larger") {
  const std::string body = matrix("");
  CHECK(decode_error(body, {body.size(), 1}).empty());
  CHECK(decode_error(body, {body.size() - 1, 1}).starts_with("reply_too_large: "));
}
