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
  if (credentials.password_file.empty()) return credentials.password;
  return read_secret(credentials.password_file, "password");
}

std::string conceal(std::string text, const std::vector<std::string>& secrets) {
  constexpr std::string_view kMark = "<secret>";
  constexpr std::string_view kBasic = "Basic ";
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    for (std::size_t at = text.find(secret); at != text.npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), kMark);
      at += kMark.size();
    }
  }
  for (std::size_t at = text.find(kBasic); at != text.npos; at = text.find(kBasic, at)) {
    at += kBasic.size();
    const std::size_t end = std::min(text.find_first_of(" \t\r\n\"\\<", at), text.size());
    text.replace(at, end - at, kMark);
  }
  return text;
}

}  // namespace downsampled
