#include "decode/sample_scanner.h"

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "decode/json_space.h"

namespace downsampled {
namespace {

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

/// mantissa * 10^scale, rounded half up.
std::optional<std::uint64_t> scaled(std::uint64_t mantissa, int scale) {
  for (; scale > 0 && mantissa != 0; --scale) {
    if (mantissa > std::numeric_limits<std::int64_t>::max() / 10) return std::nullopt;
    mantissa *= 10;
  }
  for (; scale < -1 && mantissa != 0; ++scale) mantissa /= 10;
  if (scale < 0) mantissa = mantissa / 10 + (mantissa % 10 >= 5 ? 1 : 0);
  return mantissa;
}

/// The value of eight bytes as decimal digits, the first in the lowest byte: three multiplications
/// in place of eight that wait for one another. False if any is no digit.
/// https://lemire.me/blog/2022/01/21/swar-explained-parsing-eight-digits/
inline bool eight_digits(std::uint64_t word, std::uint64_t& value) {
  if ((((word + 0x4646464646464646) | (word - 0x3030303030303030)) & 0x8080808080808080) != 0) {
    return false;
  }
  word -= 0x3030303030303030;
  word = word * 10 + (word >> 8);  // pairs
  const std::uint64_t outer = (word & 0x000000FF000000FF) * (100 + (1'000'000ULL << 32));
  const std::uint64_t inner = ((word >> 16) & 0x000000FF000000FF) * (1 + (10'000ULL << 32));
  value = (outer + inner) >> 32;
  return true;
}

/// A run of digits: their number, and their value without those after the eighteenth.
struct Digits {
  static constexpr int kKept = 18;

  /// Starts with the digits at `p`, and returns where they end.
  const char* start(const char* p) {
    if constexpr (std::endian::native == std::endian::little) {
      std::uint64_t word;
      std::memcpy(&word, p, sizeof word);
      if (eight_digits(word, mantissa)) {
        count = 8;
        p += 8;
      }
    }
    return go_on(p);
  }

  const char* go_on(const char* p) {
    for (; is_digit(*p); ++p, ++count) {
      if (count < kKept) mantissa = mantissa * 10 + static_cast<std::uint64_t>(*p - '0');
    }
    return p;
  }

  std::uint64_t mantissa = 0;
  int count = 0;
};

/// Reads the digits and sign of an exponent; nullptr when there are none.
const char* take_exponent(const char* p, int& exponent) {
  const bool negative = *p == '-';
  if (*p == '-' || *p == '+') ++p;
  if (!is_digit(*p)) return nullptr;
  for (; is_digit(*p); ++p) {
    if (exponent < 10'000) exponent = exponent * 10 + (*p - '0');
  }
  if (negative) exponent = -exponent;
  return p;
}

inline ScanEnd take_time(const char* begin, const char* end, Timestamp& time) {
  const auto fail = [&](const char* p) {
    return ScanEnd{p == end ? Stop::incomplete : Stop::bad_time, p};
  };
  const bool negative = *begin == '-';
  const char* first = begin + (negative ? 1 : 0);
  Digits digits;
  const char* p = digits.start(first);
  if (p == first || (*first == '0' && p - first > 1)) return fail(p);
  int scale = 3;  // seconds to milliseconds
  if (*p == '.') {
    const int whole = digits.count;
    const char* fraction = p + 1;
    p = digits.go_on(fraction);
    if (p == fraction) return fail(p);
    scale -= digits.count - whole;
  }
  if (*p == 'e' || *p == 'E') {
    int exponent = 0;
    const char* after = take_exponent(p + 1, exponent);
    if (after == nullptr) return fail(p[1] == '-' || p[1] == '+' ? p + 2 : p + 1);
    p = after;
    scale += exponent;
  }
  if (p == end) return {Stop::incomplete, p};  // the number may go on
  if (digits.count > Digits::kKept) {
    scale += digits.count - Digits::kKept;
    if (scale >= 0) return {Stop::bad_time, p};  // a digit that matters was left out
  }
  const auto milliseconds = scaled(digits.mantissa, scale);
  if (!milliseconds) return {Stop::bad_time, p};
  const auto count = static_cast<std::int64_t>(*milliseconds);
  time = Timestamp(Duration(negative ? -count : count));
  return {Stop::complete, p};
}

std::optional<double> named_value(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "+Inf" || text == "Inf") return std::numeric_limits<double>::infinity();
  if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

/// Reads up to and with the closing quote.
ScanEnd scan_value(const char* p, const char* end, double& value) {
  const bool negative = *p == '-';
  const char* const first = p + (negative ? 1 : 0);
  if (is_digit(*first)) {
    Digits digits;
    const char* const after = digits.start(first);
    if (*after == '"' && digits.count <= Digits::kKept) {  // an integer, which rounds once
      value = static_cast<double>(digits.mantissa);
      if (negative) value = -value;
      return {Stop::complete, after + 1};
    }
    const auto [stop, error] = std::from_chars(p, end, value);
    if (error == std::errc() && *stop == '"') return {Stop::complete, stop + 1};
  }
  const void* quote = std::memchr(p, '"', static_cast<std::size_t>(end - p));
  if (quote == nullptr) return {Stop::incomplete, p};
  const char* close = static_cast<const char*>(quote);
  const auto named = named_value({p, static_cast<std::size_t>(close - p)});
  if (!named) return {Stop::bad_value, close};
  value = *named;
  return {Stop::complete, close + 1};
}

ScanEnd shape_error(const char* p, const char* end) {
  return {p == end ? Stop::incomplete : Stop::bad_shape, p};
}

inline ScanEnd scan_sample(const char* p, const char* end, Timestamp& time, double& value) {
  if (*p != '[') return shape_error(p, end);
  ScanEnd at = take_time(skip_space(p + 1), end, time);
  if (at.stop != Stop::complete) return at;
  p = skip_space(at.position);
  if (*p != ',') return shape_error(p, end);
  p = skip_space(p + 1);
  if (*p != '"') return shape_error(p, end);
  at = scan_value(p + 1, end, value);
  if (at.stop != Stop::complete) return at;
  p = skip_space(at.position);
  if (*p != ']') return shape_error(p, end);
  return {Stop::complete, p + 1};
}

}  // namespace

ScanEnd scan_time(const char* begin, const char* end, Timestamp& time) {
  return take_time(begin, end, time);
}

ScanEnd scan_samples(const char* begin, const char* end, std::vector<Sample>& samples) {
  Timestamp last = samples.empty() ? Timestamp::min() : samples.back().time;
  for (const char* p = begin;;) {
    const char* start = p = skip_space(p);
    Timestamp time;
    double value = 0;
    ScanEnd at = scan_sample(start, end, time, value);
    if (at.stop == Stop::incomplete) at = {Stop::incomplete, end};
    if (at.position - start > kMaxSampleBytes) return {Stop::too_long, start};
    if (at.stop == Stop::incomplete) return {Stop::incomplete, start};
    if (at.stop != Stop::complete) return at;
    if (time <= last) return {Stop::not_rising, start};
    last = time;
    samples.push_back({time, value});
    p = skip_space(at.position);
    if (*p != ',') return {Stop::complete, p};
    ++p;
  }
}

const char* to_string(Stop stop) noexcept {
  switch (stop) {
    case Stop::complete:
      return "complete";
    case Stop::incomplete:
      return "incomplete";
    case Stop::bad_shape:
      return "a sample is not [<seconds>,\"<value>\"]";
    case Stop::bad_time:
      return "a sample's time is not a number of seconds, or out of range";
    case Stop::bad_value:
      return "a sample's value is not a number, NaN, +Inf or -Inf";
    case Stop::not_rising:
      return "the times of the samples do not rise";
    case Stop::too_long:
      return "a sample is longer than 4096 bytes";
  }
  return "unknown";
}

}  // namespace downsampled
