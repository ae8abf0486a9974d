#include "app/fill_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include "app/progress.h"

namespace downsampled {

FillBar::FillBar(const Clock& clock) : clock_(clock), terminal_(isatty(STDERR_FILENO) == 1) {}

void FillBar::show(const std::string& record, std::size_t done, std::size_t total) {
  if (!terminal_) return;
  const auto shown = shown_.lock();
  if (done == total) {
    shown->reset();
    return clear_bar();
  }
  const SteadyTime now = clock_.steady_now();
  if (*shown && now - **shown < kRedraw) return;
  *shown = now;
  draw_bar(done, total, fmt::format("{}: {} of {} panes", record, done, total));
}

}  // namespace downsampled
