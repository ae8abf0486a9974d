// Structured logs: one line a message on standard error, logfmt or JSON.
// Levels say who acts: error = an operator must; warn = degraded, we retry; info = lifecycle and
// changes of health; debug = every evaluation. Thread-safe; a line is one write.
//
//   log::info("rules loaded", {{"file", path}, {"groups", groups}});
#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace downsampled::log {

enum class Level { debug, info, warn, error };
enum class Format { logfmt, json };

/// One key and its value, already as text; keys are snake case literals. One of an optional that
/// has no value has no key, and is left out.
struct Field {
  template <typename T>
  Field(std::string_view k, const T& v) : key(k) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      value = std::string_view(v);
    } else {
      value = fmt::format("{}", v);
    }
  }

  template <typename T>
  Field(std::string_view k, const std::optional<T>& v) {
    if (v) *this = Field(k, *v);
  }

  std::string_view key;
  std::string value;
};

using Fields = std::initializer_list<Field>;

/// Sets what is logged from now on, and how. Called once, before other threads start.
void configure(Level level, Format format);

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warn(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

}  // namespace downsampled::log
