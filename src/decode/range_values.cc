// The second half of RangeDecoder: what is read where the walker (range_decoder.cc) comes to a
// value.
#include <algorithm>
#include <cstring>
#include <utility>

#include "decode/json_space.h"
#include "decode/range_decoder.h"

namespace downsampled {

void RangeDecoder::read_reply_member(std::string_view json) {
  switch (key_) {
    case Key::status:
      envelope_.status = reader_.text(json, place());
      break;
    case Key::error_type:
      envelope_.error_type = reader_.text(json, place());
      break;
    case Key::error:
      envelope_.error = reader_.text(json, place());
      break;
    case Key::warnings:
      summary_.warnings = reader_.texts(json, place());
      break;
    case Key::infos:
      summary_.infos = reader_.texts(json, place());
      break;
    case Key::is_partial:
      summary_.partial = reader_.truth(json, place());
      break;
    case Key::data:  // an error has none, and says so later if this comes first
      if (!envelope_.failed() && json != "null") fail("data is not an object");
      reader_.check(json, place());
      break;
    default:
      reader_.check(json, place());
      break;
  }
}

void RangeDecoder::read_data_member(std::string_view json) {
  if (key_ == Key::result) fail("the result is not an array");
  if (key_ != Key::result_type) return reader_.check(json, place());
  envelope_.result_type = reader_.text(json, place());
  envelope_.check_result_type(place());
}

void RangeDecoder::read_series_member(std::string_view json) {
  switch (key_) {
    case Key::metric:
      series_.labels = reader_.labels(json, place());
      summary_.label_bytes += json.size();
      break;
    case Key::values:
    case Key::histograms:
      fail("the samples of a series are not an array");
    case Key::value:
    case Key::histogram:
      fail("a series has a single sample, as in a vector: a range query must answer a matrix");
    default:
      reader_.check(json, place());
      break;
  }
}

/// A metric nearly always ends at the next closing brace. Where the bytes up to it are valid JSON
/// it does (no object is the beginning of another), and need not be framed first: three times as
/// fast.
bool RangeDecoder::read_metric_at_once() {
  const char* const begin = buffer_.begin();
  const void* const brace = std::memchr(begin, '}', std::min(buffer_.size(), kMaxValueBytes));
  if (brace == nullptr) return false;
  const char* const end = static_cast<const char*>(brace) + 1;
  auto labels = reader_.labels_if_valid({begin, static_cast<std::size_t>(end - begin)}, place());
  if (!labels) return false;
  series_.labels = std::move(*labels);
  summary_.label_bytes += static_cast<std::uint64_t>(end - begin);
  buffer_.read_to(end);
  expect_ = Expect::separator;
  return true;
}

bool RangeDecoder::read_samples() {
  const ScanEnd at = scan_samples(buffer_.begin(), buffer_.end(), samples_);
  buffer_.read_to(at.position);
  if (at.stop == Stop::complete) {
    expect_ = Expect::separator;
    return true;
  }
  if (at.stop == Stop::incomplete) return false;
  fail(to_string(at.stop));
}

bool RangeDecoder::read_histogram() {
  const auto json = frame();
  if (!json) return false;
  reader_.check(*json, place());
  const char* end = json->data() + json->size();
  Timestamp time;
  const ScanEnd at = scan_time(skip_space(json->data() + 1), end, time);
  if (json->front() != '[' || at.stop != Stop::complete) {
    fail("a histogram is not [<seconds>,{...}]");
  }
  if (!histograms_.empty() && time <= histograms_.back()) {
    fail("the times of the histograms do not rise");
  }
  histograms_.push_back(time);
  buffer_.read_to(end);
  expect_ = Expect::separator;
  return true;
}

}  // namespace downsampled
