#include "decode/range_decoder.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "decode/json_space.h"

namespace downsampled {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;  // a larger write is walked in pieces of this size

bool closes(Level level, char c) { return c == (is_object(level) ? '}' : ']'); }

unsigned bit(Key key) { return 1u << static_cast<unsigned>(key); }

}  // namespace

RangeDecoder::RangeDecoder(DecodeLimits limits, std::function<void(const Series&)> on_series)
    : limits_(limits), on_series_(std::move(on_series)) {}

void RangeDecoder::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPieceBytes);
    bytes.remove_prefix(piece.size());
    summary_.bytes += piece.size();
    if (summary_.bytes > limits_.max_reply_bytes) {
      throw Error(Reason::reply_too_large,
                  fmt::format("the reply is larger than {} bytes (--query.max-reply-bytes)",
                              limits_.max_reply_bytes));
    }
    buffer_.append(piece);
    while (step()) {
    }
    if (level_ >= Level::series) check_series_bytes(buffer_.end());
  }
}

void RangeDecoder::finish() {
  if (expect_ == Expect::nothing) return;
  if (level_ == Level::document) malformed({}, "the reply is empty");
  malformed(place(buffer_.end()), "the reply is truncated: it ends inside the document");
}

/// Reads the next piece of the document; false when more bytes must arrive first.
bool RangeDecoder::step() {
  buffer_.read_to(skip_space(buffer_.begin()));
  if (buffer_.size() == 0) return false;
  const char c = *buffer_.begin();
  switch (expect_) {
    case Expect::value:
      return read_value(c);
    case Expect::first:
      if (closes(level_, c)) return close();
      expect_ = is_object(level_) ? Expect::key : Expect::value;
      return true;
    case Expect::key:
      return read_key();
    case Expect::colon:
      if (c != ':') fail("expected a colon");
      skip(Expect::value);
      return true;
    case Expect::separator:
      if (closes(level_, c)) return close();
      if (c != ',') fail("expected a comma or a closing bracket");
      skip(is_object(level_) ? Expect::key : Expect::value);
      return true;
    case Expect::nothing:
      break;
  }
  fail("the document has ended, but bytes follow");
}

bool RangeDecoder::read_value(char first) {
  switch (level_) {
    case Level::values:
      return read_samples();
    case Level::histograms:
      return read_histogram();
    case Level::result:
      if (first == '{') return open(Level::series);
      fail("the result holds something else than series: a range query must answer a matrix");
    case Level::document:
      if (first == '{') return open(Level::reply);
      if (first != '<') fail("this is not JSON, or not an object");
      fail(
          "this looks like HTML and not like JSON: a login page or a proxy answers in place of "
          "Prometheus; check PROMETHEUS_URL");
    case Level::reply:
    case Level::data:
    case Level::series:
      break;
  }
  return read_member(first);
}

bool RangeDecoder::read_key() {
  if (*buffer_.begin() != '"') fail("expected a key");
  const auto json = frame();
  if (!json) return false;
  key_ = find_key(level_, json->substr(1, json->size() - 2));
  if (key_ == Key::unknown) key_ = find_key(level_, reader_.text(*json, place()));  // has escapes?
  unsigned& seen = seen_[static_cast<std::size_t>(level_)];
  if (key_ != Key::unknown && (seen & bit(key_)) != 0) {
    fail(fmt::format("the key {} stands twice in one object", *json));
  }
  seen |= bit(key_);
  buffer_.read_to(json->data() + json->size());
  expect_ = Expect::colon;
  return true;
}

bool RangeDecoder::read_member(char first) {
  if (key_ == Key::data && first == '{' && !envelope_.failed()) return open(Level::data);
  if (key_ == Key::result && first == '[') return open(Level::result);
  if (key_ == Key::values && first == '[') return open(Level::values);
  if (key_ == Key::histograms && first == '[') return open(Level::histograms);
  if (key_ == Key::metric && framer_.fresh() && read_metric_at_once()) return true;
  const auto json = frame();
  if (!json) return false;
  switch (level_) {
    case Level::reply:
      read_reply_member(*json);
      break;
    case Level::data:
      read_data_member(*json);
      break;
    default:
      read_series_member(*json);
      break;
  }
  buffer_.read_to(json->data() + json->size());
  expect_ = Expect::separator;
  return true;
}

/// The whole JSON value at the front of the buffer; empty when more of it must arrive.
std::optional<std::string_view> RangeDecoder::frame() {
  const std::string_view bytes(buffer_.begin(), buffer_.size());
  const ValueFramer::Outcome outcome = framer_.scan(bytes);
  if (outcome == ValueFramer::Outcome::too_deep) fail("a value is nested too deeply");
  if (framer_.length() > kMaxValueBytes) {
    throw Error(Reason::reply_too_large,
                fmt::format("the value at byte {} of the reply is longer than {} bytes",
                            place().byte, kMaxValueBytes));
  }
  if (outcome == ValueFramer::Outcome::incomplete) return std::nullopt;
  const std::string_view json = bytes.substr(0, framer_.length());
  framer_.reset();
  return json;
}

void RangeDecoder::skip(Expect next) {
  buffer_.read_to(buffer_.begin() + 1);
  expect_ = next;
}

bool RangeDecoder::open(Level level) {
  if (level == Level::data) envelope_.has_data = true;
  if (level == Level::result) envelope_.has_result = true;
  if (level == Level::series) {
    series_begin_ = buffer_.offset_of(buffer_.begin());
    samples_.clear();
    histograms_.clear();
  }
  level_ = level;
  seen_[static_cast<std::size_t>(level)] = 0;
  skip(Expect::first);
  return true;
}

bool RangeDecoder::close() {
  if (level_ == Level::series) end_series();
  if (level_ == Level::reply) envelope_.check(place());
  level_ = parent(level_);
  skip(level_ == Level::document ? Expect::nothing : Expect::separator);
  return true;
}

void RangeDecoder::end_series() {
  check_series_bytes(buffer_.begin() + 1);
  const unsigned seen = seen_[static_cast<std::size_t>(Level::series)];
  if ((seen & bit(Key::metric)) == 0) fail("a series has no metric");
  if ((seen & (bit(Key::values) | bit(Key::histograms))) == 0) fail("a series has no values");
  series_.samples = samples_;
  series_.histograms = histograms_;
  ++summary_.series;
  summary_.samples += samples_.size();
  summary_.histograms += histograms_.size();
  on_series_(series_);
}

void RangeDecoder::check_series_bytes(const char* end) const {
  if (buffer_.offset_of(end) - series_begin_ <= limits_.max_series_bytes) return;
  throw Error(
      Reason::reply_too_large,
      fmt::format("series {} of the reply is larger than {} bytes (--query.max-series-bytes)",
                  place().series, limits_.max_series_bytes));
}

Place RangeDecoder::place(const char* position) const {
  return {buffer_.offset_of(position), level_ >= Level::series ? summary_.series + 1 : 0};
}

}  // namespace downsampled
