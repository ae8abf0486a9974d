#include "decode/reply_grammar.h"

namespace downsampled {
namespace {

struct KnownKey {
  Level level;
  std::string_view name;
  Key key;
};

constexpr KnownKey kKnownKeys[] = {
    {Level::series, "metric", Key::metric},
    {Level::series, "values", Key::values},
    {Level::series, "histograms", Key::histograms},
    {Level::series, "value", Key::value},
    {Level::series, "histogram", Key::histogram},
    {Level::data, "resultType", Key::result_type},
    {Level::data, "result", Key::result},
    {Level::reply, "status", Key::status},
    {Level::reply, "data", Key::data},
    {Level::reply, "errorType", Key::error_type},
    {Level::reply, "error", Key::error},
    {Level::reply, "warnings", Key::warnings},
    {Level::reply, "infos", Key::infos},
    {Level::reply, "isPartial", Key::is_partial},  // VictoriaMetrics
};

}  // namespace

Key find_key(Level level, std::string_view name) noexcept {
  for (const KnownKey& known : kKnownKeys) {
    if (known.level == level && known.name == name) return known.key;
  }
  return Key::unknown;
}

bool is_object(Level level) noexcept {
  return level == Level::reply || level == Level::data || level == Level::series;
}

Level parent(Level level) noexcept {
  switch (level) {
    case Level::document:
    case Level::reply:
      return Level::document;
    case Level::data:
      return Level::reply;
    case Level::result:
      return Level::data;
    case Level::series:
      return Level::result;
    case Level::values:
    case Level::histograms:
      return Level::series;
  }
  return Level::document;
}

}  // namespace downsampled
