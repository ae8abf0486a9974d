// Runs a program on a text: for the tests that ask promtool or python what they make of it.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace downsampled {

struct CommandResult {
  int status = 0;
  std::string output;  ///< standard output and standard error
};

/// Runs `command` by the shell, with `input` as its standard input.
inline CommandResult run_command(const std::string& command, std::string_view input) {
  char path[] = "/tmp/downsampled-test-XXXXXX";
  const int file = mkstemp(path);
  if (file < 0) throw std::runtime_error("mkstemp");
  std::FILE* stream = fdopen(file, "w");
  std::fwrite(input.data(), 1, input.size(), stream);
  std::fclose(stream);
  std::FILE* pipe = popen((command + " 2>&1 <" + path).c_str(), "r");
  if (!pipe) throw std::runtime_error("popen");
  CommandResult result;
  char chunk[4096];
  for (std::size_t count = 0; (count = std::fread(chunk, 1, sizeof chunk, pipe)) > 0;) {
    result.output.append(chunk, count);
  }
  const int status = pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  unlink(path);
  return result;
}

inline bool has_command(const std::string& name) {
  return run_command("command -v " + name, "").status == 0;
}

}  // namespace downsampled
