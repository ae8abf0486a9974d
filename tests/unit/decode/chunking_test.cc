// However a reply is cut on its way, it says the same; and it says what simdjson reads in it whole.
#include <doctest/doctest.h>

#include <random>
#include <string>

#include "bench/matrix_body.h"
#include "decoded.h"
#include "replies.h"
#include "whole_document.h"

using namespace downsampled;

namespace {

std::vector<std::string_view> random_chunks(std::string_view body, std::size_t most,
                                            std::mt19937_64& random) {
  std::vector<std::string_view> chunks;
  for (; !body.empty(); body.remove_prefix(chunks.back().size())) {
    chunks.push_back(body.substr(0, 1 + random() % most));
  }
  return chunks;
}

}  // namespace

TEST_CASE("a reply in one piece is read as simdjson reads it") {
  const Decoded decoded = decode(hard_reply());
  const auto expected = read_whole_document(hard_reply());
  REQUIRE(expected.has_value());
  REQUIRE(expected->size() == 6);
  CHECK(decoded.series == *expected);
}

TEST_CASE("a reply of some kilobytes may be cut at any position") {
  const std::string body = hard_reply();
  REQUIRE(body.size() > 3000);
  const auto expected = read_whole_document(body);
  REQUIRE(expected.has_value());
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    CAPTURE(cut);
    const std::string_view all(body);
    REQUIRE(decode({all.substr(0, cut), all.substr(cut)}).series == *expected);
  }
}

TEST_CASE("a reply may come in chunks of any one size") {
  const std::string body = hard_reply();
  const auto expected = read_whole_document(body);
  REQUIRE(expected.has_value());
  for (std::size_t size = 1; size <= 300; ++size) {
    CAPTURE(size);
    const Decoded decoded = decode(chunks_of(body, size));
    REQUIRE(decoded.series == *expected);
    CHECK(decoded.summary.bytes == body.size());
    CHECK(decoded.summary.warnings.size() == 2);
    CHECK(decoded.summary.infos.size() == 1);
  }
}

TEST_CASE("a large reply may be cut at random") {
  const std::string body = bench::matrix_body(3'000'000, 97, bench::Values::mixed);
  const auto expected = read_whole_document(body);
  REQUIRE(expected.has_value());
  REQUIRE(expected->size() > 500);
  std::mt19937_64 random(20260102);
  for (const std::size_t most : {3, 40, 700, 16'000, 300'000}) {
    CAPTURE(most);
    CHECK(decode(random_chunks(body, most, random)).series == *expected);
  }
}

TEST_CASE("an error is the same however the reply is cut") {
  const std::string good = hard_reply();
  std::mt19937_64 random(7);
  int refused = 0;
  for (int round = 0; round < 400; ++round) {
    std::string body = good;
    body[random() % body.size()] = "{}[]\",:\\x0 \n\x01\xff"[random() % 14];
    CAPTURE(body);
    const std::string error = decode_error(body);
    refused += error.empty() ? 0 : 1;
    REQUIRE(decode_error(random_chunks(body, 60, random)) == error);
    if (error.empty()) REQUIRE(decode(body).series == read_whole_document(body));
  }
  CHECK(refused > 200);
}

TEST_CASE("an error is the same however a sample is cut that is too long to be kept") {
  const std::string spaces(5000, ' ');
  const std::string digits(5000, '1');
  for (const std::string& sample :
       {"[" + spaces + "x", "[" + digits + ",\"1\"]", "[1,\"" + digits + "\"]",
        "[1,\"x" + digits + "\"]", "[1,\"" + digits + "x\"]", "[1,\"1\"" + spaces + "x",
        "[1." + digits + "e9,\"1\"]"}) {
    const std::string error = decode_error(with_samples(sample));
    CAPTURE(error);
    CHECK(error.find("longer than 4096 bytes") != std::string::npos);
    for (const std::size_t size : {1, 100, 4095}) {
      CHECK(decode_error(chunks_of(with_samples(sample), size)) == error);
    }
  }
}
