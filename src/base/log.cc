#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "base/utf8.h"

namespace downsampled::log {
namespace {

/// Inside the quotes of logfmt and of JSON alike: nothing in a line can end it early, and what is
/// not UTF-8 is replaced.
void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto c = static_cast<unsigned char>(text.front());
    if (length == 0) {
      line += "\xef\xbf\xbd";  // U+FFFD, the replacement character
    } else if (c == '"' || c == '\\') {
      line += {'\\', text.front()};
    } else if (c == '\n') {
      line += "\\n";
    } else if (c < 0x20 || c == 0x7f) {
      fmt::format_to(std::back_inserter(line), "\\u{:04x}", c);
    } else {
      line += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  line += '"';
}

bool needs_quotes(std::string_view text) {
  if (text.empty() || utf8_valid_prefix(text) != text.size()) return true;
  for (const char c : text) {
    if (c == '=' || c == '"' || c == 0x7f || static_cast<unsigned char>(c) <= ' ') return true;
  }
  return false;
}

std::string logfmt_line(std::string_view level, std::string_view message, Fields fields) {
  std::string line = fmt::format("level={} msg=", level);
  append_quoted(line, message);
  for (const Field& field : fields) {
    if (field.key.empty()) continue;
    line += fmt::format(" {}=", field.key);
    if (needs_quotes(field.value)) {
      append_quoted(line, field.value);
    } else {
      line += field.value;
    }
  }
  return line;
}

std::string json_line(std::string_view level, std::string_view message, Fields fields) {
  std::string line = fmt::format(R"("level":"{}","msg":)", level);
  append_quoted(line, message);
  for (const Field& field : fields) {
    if (field.key.empty()) continue;
    line += ',';
    append_quoted(line, field.key);
    line += ':';
    append_quoted(line, field.value);
  }
  return line + '}';
}

/// spdlog stamps the time and writes; levels and fields are ours, so that both formats have the
/// same keys.
struct Output {
  Output() { configure(Level::info, Format::logfmt); }

  void configure(Level level, Format format) {
    threshold = level;
    write_line = format == Format::json ? json_line : logfmt_line;
    std::string line = format == Format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v)"
                                              : "time=%Y-%m-%dT%H:%M:%S.%eZ %v";
    // On a terminal it may take the place of a progress bar, which may be longer.
    if (isatty(STDERR_FILENO) == 1) line.insert(0, "\x1b[K");
    logger.set_formatter(
        std::make_unique<spdlog::pattern_formatter>(line, spdlog::pattern_time_type::utc));
  }

  void write(Level level, std::string_view name, std::string_view message, Fields fields) {
    if (level >= threshold) logger.info(write_line(name, message, fields));
  }

  spdlog::logger logger{"", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
  Level threshold = Level::info;
  std::string (*write_line)(std::string_view, std::string_view, Fields) = logfmt_line;
};

Output& output() {
  static Output instance;
  return instance;
}

}  // namespace

void configure(Level level, Format format) { output().configure(level, format); }

void debug(std::string_view message, Fields fields) {
  output().write(Level::debug, "debug", message, fields);
}
void info(std::string_view message, Fields fields) {
  output().write(Level::info, "info", message, fields);
}
void warn(std::string_view message, Fields fields) {
  output().write(Level::warn, "warn", message, fields);
}
void error(std::string_view message, Fields fields) {
  output().write(Level::error, "error", message, fields);
}

}  // namespace downsampled::log
