#include "query/one_line.h"

#include <algorithm>
#include <cctype>

#include "base/utf8.h"

namespace downsampled {
namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) {
           return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
         });
}

// Skips from an opening tag whose content nobody reads to the `<` of its closing one.
std::size_t end_of_hidden(std::string_view text, std::size_t at) {
  for (const std::string_view name : {"script", "style"}) {
    if (!starts_with_ignoring_case(text.substr(at + 1), name)) continue;
    for (std::size_t end = text.find("</", at); end != text.npos; end = text.find("</", end + 2)) {
      if (starts_with_ignoring_case(text.substr(end + 2), name)) return end;
    }
    return text.size();
  }
  return at;
}

std::string without_tags(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '<') {
      plain += text[at];
      continue;
    }
    plain += ' ';
    at = text.find('>', end_of_hidden(text, at));
    if (at == text.npos) break;
  }
  return plain;
}

bool is_blank(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }

}  // namespace

std::string one_line(std::string_view text, std::size_t most_bytes) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool markup = first != text.npos && text[first] == '<';
  const std::string plain = markup ? without_tags(text) : std::string(text);
  std::string line;
  bool blank = false;
  for (std::string_view rest = plain; !rest.empty();) {
    const std::size_t length = utf8_length(rest);
    const std::string_view character = length == 0 ? "?" : rest.substr(0, length);
    rest.remove_prefix(std::max<std::size_t>(length, 1));
    if (is_blank(character.front())) {
      blank = !line.empty();
      continue;
    }
    if (line.size() + character.size() + (blank ? 1 : 0) > most_bytes) return line + "…";
    if (blank) line += ' ';
    blank = false;
    line += character;
  }
  return line;
}

}  // namespace downsampled
