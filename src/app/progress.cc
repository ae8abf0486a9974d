#include "app/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "app/print.h"
#include "base/duration.h"

namespace downsampled {
namespace {

constexpr auto kLine = std::chrono::seconds(10);

constexpr std::string_view kClearLine = "\r\x1b[K";  // what a terminal understands

}  // namespace

Progress::Progress(std::size_t total, std::string noun, const Clock& clock)
    : total_(total),
      noun_(std::move(noun)),
      clock_(clock),
      start_(clock.steady_now()),
      terminal_(isatty(STDERR_FILENO) == 1),
      shown_(start_) {}

Progress::~Progress() {
  if (terminal_) std::fwrite(kClearLine.data(), 1, kClearLine.size(), stderr);
}

void Progress::show(std::size_t done) {
  const SteadyTime now = clock_.steady_now();
  const SteadyTime::duration pause = terminal_ ? SteadyTime::duration(kRedraw) : kLine;
  if (now - shown_ < pause) return;
  shown_ = now;
  if (terminal_) {
    draw_bar(done, total_, text(done));
  } else {
    print(stderr, text(done) + '\n');
  }
}

std::string Progress::text(std::size_t done) const {
  const double seconds = std::chrono::duration<double>(clock_.steady_now() - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string text =
      fmt::format("{} of {} {}, {:.{}f}/s", done, total_, noun_, rate, rate < 10 ? 1 : 0);
  if (rate > 0 && done < total_) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(
        std::chrono::duration<double>(static_cast<double>(total_ - done) / rate));
    text += fmt::format(", {} left", format_duration(left));
  }
  return text;
}

void draw_bar(std::size_t done, std::size_t total, std::string_view text) {
  // The cursor goes back to the beginning, where the next line of the log is written.
  print(stderr, fmt::format("{}{} {}\r", kClearLine, progress_bar(done, total), text));
}

void clear_bar() { print(stderr, kClearLine); }

std::string progress_bar(std::size_t done, std::size_t total, std::size_t width) {
  const std::size_t full = std::min(done, total) * width / std::max<std::size_t>(1, total);
  return '[' + std::string(full, '#') + std::string(width - full, '-') + ']';
}

}  // namespace downsampled
