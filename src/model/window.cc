#include "model/window.h"

namespace downsampled {
namespace {

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  const std::int64_t quotient = a / b;
  return a % b < 0 ? quotient - 1 : quotient;
}

}  // namespace

Window window_ending(Timestamp end, Duration width) { return {end - width, end}; }

Grid grid_of(Window window, Duration step) {
  const std::int64_t before = floor_divide(window.start.time_since_epoch().count(), step.count());
  const std::int64_t last = floor_divide(window.end.time_since_epoch().count(), step.count());
  return {Timestamp((before + 1) * step), step, last - before};
}

Timestamp align_down(Timestamp time, Duration period, Duration offset) {
  const std::int64_t shifted = (time - offset).time_since_epoch().count();
  return Timestamp(floor_divide(shifted, period.count()) * period) + offset;
}

}  // namespace downsampled
