#include "query/query_size.h"

#include <algorithm>

namespace downsampled {
namespace {

/// More is believed at once, less by halves: a source that has lost most of its series for a while
/// gets them back.
double learned(double before, double now) { return std::max(now, (before + now) / 2); }

}  // namespace

std::int64_t QuerySize::points(const QueryBounds& bounds) const {
  const std::int64_t most =
      std::max<std::int64_t>(1, std::min(bounds.max_points, limit_.value_or(bounds.max_points)));
  if (!reply_) return std::min(most, kFirstPoints);
  // Label sets come with every reply: where they alone fill it, shorter queries bring more bytes.
  const double room =
      std::max(static_cast<double>(bounds.reply_bytes) - reply_->label_bytes, reply_->label_bytes);
  if (room >= static_cast<double>(most) * reply_->bytes_a_point) return most;
  if (room < reply_->bytes_a_point) return 1;
  return static_cast<std::int64_t>(room / reply_->bytes_a_point);
}

void QuerySize::answered(std::int64_t points, const ReplyWeight& weight) {
  const auto count = static_cast<double>(points);
  const Expected before = reply_.value_or(Expected{0, 0});
  reply_ = {learned(before.label_bytes, static_cast<double>(weight.label_bytes)),
            learned(before.bytes_a_point, static_cast<double>(weight.sample_bytes) / count)};
  silences_ = 0;
  if (eager_) limit_ = std::max(*limit_, 2 * points);
  if (points <= good_) return;
  good_ = points;
  if (probing_) patience_ = rest_ = kFirstPatience;
  probing_ = false;
}

void QuerySize::finished(std::int64_t points) {
  wanted_ = std::max(wanted_, points);
  if (!limit_) return;
  if (*limit_ >= wanted_) {
    limit_.reset();
    eager_ = probing_ = false;
    return;
  }
  const bool was_cut = points > *limit_;
  if (eager_ || !was_cut || --rest_ > 0) return;
  limit_ = *limit_ + (*limit_ + 1) / 2;
  probing_ = true;
  rest_ = patience_;
}

void QuerySize::refused(std::int64_t points, Refusal refusal) {
  const bool worked = points <= good_;
  if (worked && refusal == Refusal::silent && ++silences_ < kSilences) return;
  if (probing_) patience_ = std::min(2 * patience_, kLongestPatience);
  probing_ = false;
  rest_ = patience_;
  wanted_ = std::max(wanted_, points);
  if (worked) good_ = 0;
  limit_ = std::max<std::int64_t>({1, good_, points / 2});
  // Where the size may not be what ails the source, the way back must not be a slow one.
  const bool doubtful =
      points <= 1 || refusal == Refusal::silent || (worked && refusal == Refusal::broken);
  eager_ = doubtful && good_ == 0;
}

}  // namespace downsampled
