#include "base/duration.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>

namespace downsampled {
namespace {

using namespace std::chrono_literals;

struct Unit {
  std::string_view name;
  Duration length;
  bool exact;  ///< printed only where the whole rest is a multiple of it
};

constexpr Unit kUnits[] = {{"y", 365 * 24h, true}, {"w", 7 * 24h, true}, {"d", 24h, true},
                           {"h", 1h, false},       {"m", 1min, false},   {"s", 1s, false},
                           {"ms", 1ms, false}};

// Prometheus keeps durations as int64 nanoseconds.
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 1'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes exactly `digits` digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<Duration> take_clock(std::string_view& text, bool seconds) {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  const Duration clock = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  if (!seconds) return clock;
  if (!take(text, ':')) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *second > 59) return std::nullopt;
  return clock + std::chrono::seconds(*second);
}

/// `.678`, cut to milliseconds; zero when there is no fraction.
std::optional<Duration> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return Duration::zero();
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  Duration fraction{};
  for (Duration digit = 100ms; !text.empty() && is_digit(text.front()); digit /= 10) {
    fraction += digit * (text.front() - '0');
    text.remove_prefix(1);
  }
  return fraction;
}

std::optional<Duration> take_zone(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return Duration::zero();
  const bool west = take(text, '-');
  if (!west && !take(text, '+')) return std::nullopt;
  const auto offset = take_clock(text, false);
  if (!offset) return std::nullopt;
  return west ? -*offset : *offset;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  const auto date = take_date(text);
  if (!date || !(take(text, 'T') || take(text, 't'))) return std::nullopt;
  const auto clock = take_clock(text, true);
  if (!clock) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto zone = take_zone(text);
  if (!zone || !text.empty()) return std::nullopt;
  return Timestamp(*date) + *clock + *fraction - *zone;
}

std::optional<Timestamp> parse_unix(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  // The years 0 to 9999, which RFC 3339 can say.
  if (!(seconds >= -62167219200.0 && seconds < 253402300800.0)) return std::nullopt;
  // Cut to milliseconds, as RFC 3339 is, where the product alone would round.
  const std::int64_t nearest = std::llround(seconds * 1000);
  return Timestamp(Duration(static_cast<double>(nearest) / 1000 > seconds ? nearest - 1 : nearest));
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration::zero();
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  const Unit* next = std::begin(kUnits);
  while (!text.empty()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || text.front() == '-') return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::size_t letters = 0;
    while (letters < text.size() && !is_digit(text[letters])) ++letters;
    while (next != std::end(kUnits) && next->name != text.substr(0, letters)) ++next;
    if (next == std::end(kUnits)) return std::nullopt;
    if (number > (kMost - total) / next->length.count()) return std::nullopt;
    total += number * next->length.count();
    text.remove_prefix(letters);
    ++next;
  }
  return Duration(total);
}

std::string format_duration(Duration duration) {
  if (duration == Duration::zero()) return "0s";
  std::string text = duration < Duration::zero() ? "-" : "";
  Duration rest = duration < Duration::zero() ? -duration : duration;
  for (const Unit& unit : kUnits) {
    if (unit.exact && rest % unit.length != Duration::zero()) continue;
    if (rest >= unit.length) text += fmt::format("{}{}", rest / unit.length, unit.name);
    rest %= unit.length;
  }
  return text;
}

void append_seconds(std::string& out, Duration duration) {
  const Duration::rep size = duration.count() < 0 ? -duration.count() : duration.count();
  const auto end = std::back_inserter(out);
  fmt::format_to(end, "{}{}", duration.count() < 0 ? "-" : "", size / 1000);
  if (size % 1000 != 0) fmt::format_to(end, ".{:03}", size % 1000);
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  if (const auto time = parse_rfc3339(text)) return time;
  return parse_unix(text);
}

std::string format_timestamp(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (clock.subseconds() != 0ms) text += fmt::format(".{:03}", clock.subseconds().count());
  return text + 'Z';
}

}  // namespace downsampled
