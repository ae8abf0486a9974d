#include "config/promql_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/lower_case.h"
#include "base/utf8.h"

namespace downsampled {
namespace {

enum class PieceKind { space, comment, string, endless_string, word, symbol };

struct Piece {
  PieceKind kind;
  std::string_view text;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == ':';
}

std::size_t count_while(std::string_view text, bool (*matches)(char)) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), matches) -
                                  text.begin());
}

/// A string is closed by its own quote; only between backticks may it hold a line end or a bare
/// backslash.
Piece string_piece(std::string_view rest) {
  const char quote = rest.front();
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == quote) return {PieceKind::string, rest.substr(0, i + 1)};
    if (quote == '`') continue;
    if (rest[i] == '\n') break;
    if (rest[i] == '\\') ++i;
  }
  return {PieceKind::endless_string, rest};
}

/// The first piece of `rest`, which is not empty.
Piece next_piece(std::string_view rest) {
  const char first = rest.front();
  if (is_space(first)) return {PieceKind::space, rest.substr(0, count_while(rest, is_space))};
  if (is_word(first)) return {PieceKind::word, rest.substr(0, count_while(rest, is_word))};
  if (first == '#') return {PieceKind::comment, rest.substr(0, rest.find('\n'))};
  if (first == '"' || first == '\'' || first == '`') return string_piece(rest);
  return {PieceKind::symbol, rest.substr(0, std::max<std::size_t>(utf8_length(rest), 1))};
}

std::vector<Piece> pieces_of(std::string_view expression) {
  std::vector<Piece> pieces;
  while (!expression.empty()) {
    pieces.push_back(next_piece(expression));
    expression.remove_prefix(pieces.back().text.size());
  }
  return pieces;
}

bool says_nothing(const Piece& piece) {
  return piece.kind == PieceKind::space || piece.kind == PieceKind::comment;
}

/// `pieces` without spaces and comments.
std::optional<std::string> bracket_problem(const std::vector<Piece>& pieces) {
  constexpr std::string_view kOpening = "([{";
  constexpr std::string_view kClosing = ")]}";
  std::vector<char> open;
  for (const Piece& piece : pieces) {
    if (piece.kind != PieceKind::symbol) continue;
    const char c = piece.text.front();
    if (kOpening.find(c) != kOpening.npos) open.push_back(c);
    const std::size_t closing = kClosing.find(c);
    if (closing == kClosing.npos) continue;
    if (open.empty()) return fmt::format("has a {} that closes nothing", c);
    if (open.back() != kOpening[closing]) {
      return fmt::format("has a {} where {} is to be closed", c, open.back());
    }
    open.pop_back();
  }
  if (!open.empty()) return fmt::format("has a {} that is never closed", open.back());
  return std::nullopt;
}

/// `@ start()` or `@ end()`; `pieces` without spaces and comments.
std::optional<std::string> modifier_problem(const std::vector<Piece>& pieces) {
  for (std::size_t i = 0; i + 2 < pieces.size(); ++i) {
    if (pieces[i].kind != PieceKind::symbol || pieces[i].text != "@") continue;
    const std::string word = lower_case(pieces[i + 1].text);
    if ((word == "start" || word == "end") && pieces[i + 2].text == "(") {
      return fmt::format(
          "holds @ {}(), which means another time in each request that a window is cut into; "
          "want a fixed time (@ 1767323045) or no @",
          word);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> promql_problem(std::string_view expression) {
  std::vector<Piece> pieces = pieces_of(expression);
  pieces.erase(std::remove_if(pieces.begin(), pieces.end(), says_nothing), pieces.end());
  if (pieces.empty()) return "is empty; want a PromQL expression";
  if (pieces.back().kind == PieceKind::endless_string) {
    return fmt::format("has a string that starts with {} and has no end", pieces.back().text[0]);
  }
  if (auto problem = bracket_problem(pieces)) return problem;
  return modifier_problem(pieces);
}

std::string promql_one_line(std::string_view expression, std::size_t most) {
  std::string line;
  bool space = false;
  for (const Piece& piece : pieces_of(expression)) {
    if (says_nothing(piece)) {
      space = true;
      continue;
    }
    if (space && !line.empty()) line += ' ';
    space = false;
    line += piece.text;
  }
  std::replace(line.begin(), line.end(), '\n', ' ');  // inside backticks
  if (line.size() <= most) return line;
  std::size_t cut = 0;
  while (cut + utf8_length(std::string_view(line).substr(cut)) <= most) {
    cut += utf8_length(std::string_view(line).substr(cut));
  }
  return line.substr(0, cut) + "…";
}

}  // namespace downsampled
