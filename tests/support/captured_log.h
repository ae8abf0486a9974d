// What is logged while something is done: the descriptor of standard error is turned to a file and
// back.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "base/log.h"

namespace downsampled::test {

template <typename Act>
std::string logged(log::Level level, log::Format format, Act act) {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  const int before = dup(STDERR_FILENO);
  REQUIRE(dup2(fileno(file), STDERR_FILENO) >= 0);
  log::configure(level, format);
  act();
  log::configure(log::Level::info, log::Format::logfmt);
  REQUIRE(dup2(before, STDERR_FILENO) >= 0);
  close(before);
  std::rewind(file);
  std::string text;
  char buffer[4096];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, file)) text.append(buffer, n);
  std::fclose(file);
  return text;
}

template <typename Act>
std::string logged(Act act) {
  return logged(log::Level::info, log::Format::logfmt, act);
}

/// How many lines of the log contain this.
inline int lines_with(const std::string& log, const std::string& part) {
  int lines = 0;
  for (std::size_t from = 0; (from = log.find(part, from)) != std::string::npos; ++lines) {
    from = log.find('\n', from);
    if (from == std::string::npos) return lines + 1;
  }
  return lines;
}

}  // namespace downsampled::test
