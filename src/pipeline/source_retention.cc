#include "pipeline/source_retention.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "base/byte_sink.h"
#include "decode/retention.h"
#include "pipeline/attempt.h"

namespace downsampled {
namespace {

using namespace std::chrono_literals;

constexpr Duration kIsKnown = 1h;
constexpr Duration kIsUnknown = 1min;  // where a page did not come

class Text final : public ByteSink {
 public:
  void write(std::string_view bytes) override { text += bytes; }

  std::string text;
};

}  // namespace

std::optional<Duration> SourceRetention::get(const std::stop_token& stop) {
  if (told_) return told_;
  const auto known = known_.lock();
  if (!known->until || clock_.steady_now() >= *known->until) *known = ask(stop);
  return known->retention;
}

SourceRetention::Known SourceRetention::ask(const std::stop_token& stop) {
  Duration holds = kIsKnown;
  const auto page = [&](std::string_view name) {
    Text body;
    bool answered = false;
    const auto error = attempt([&] { answered = querier_.status(name, body, stop).ok(); });
    if (!error && answered) return std::move(body.text);
    holds = kIsUnknown;
    return std::string();
  };
  std::optional<Duration> retention = decode_retention(page("runtimeinfo"));
  // What it does not keep itself it may read from elsewhere.
  if (retention && page("config").find("remote_read:") != std::string::npos) retention.reset();
  return {retention, clock_.steady_now() + holds};
}

}  // namespace downsampled
