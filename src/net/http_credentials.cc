#include "net/http_credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"

namespace downsampled {
namespace {

constexpr std::size_t kLongestSecret = 64 * 1024;  // what a server would take in a header, and more

std::string trimmed(const std::string& text) {
  const char* const blank = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string read_secret(const std::string& path, std::string_view what) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string content(kLongestSecret + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!file.is_open() || file.bad()) {
    const int cause = errno;
    throw Error(Reason::io, fmt::format("cannot read the {} file {}: {}", what, path,
                                        cause != 0 ? std::strerror(cause) : "no reason given"));
  }
  content.resize(static_cast<std::size_t>(file.gcount()));
  if (content.size() > kLongestSecret) {
    throw Error(Reason::io,
                fmt::format("the {} file {} is longer than {} bytes", what, path, kLongestSecret));
  }
  std::string secret = trimmed(content);
  if (secret.empty()) {
    throw Error(Reason::io, fmt::format("the {} file {} is empty", what, path));
  }
  return secret;
}

}  // namespace

std::string current_bearer_token(const HttpCredentials& credentials) {
  const std::string& path = credentials.bearer_token_file;
  std::string token = path.empty() ? trimmed(credentials.bearer_token) : read_secret(path, "token");
  const auto printable = [](char c) { return c > ' ' && c <= '~'; };
  if (!std::all_of(token.begin(), token.end(), printable)) {
    throw Error(Reason::config,
                fmt::format("the token{} holds blanks, line breaks or other bytes that a header "
                            "cannot carry",
                            path.empty() ? "" : fmt::format(" in the file {}", path)));
  }
  return token;
}

std::string current_password(const HttpCredentials& credentials) {
  if (credentials.password_file.empty()) return {};
  return read_secret(credentials.password_file, "password");
}

}  // namespace downsampled
