#include "config/yaml_document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <sstream>

#include "base/utf8.h"

namespace downsampled {
namespace {

/// yaml-cpp would replace what is not UTF-8, and end the file at some control characters.
bool is_text(const std::string& text, Problems& problems) {
  const auto line_at = [&](std::size_t offset) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(offset);
    return static_cast<std::size_t>(std::count(text.begin(), end, '\n')) + 1;
  };
  const std::size_t valid = utf8_valid_prefix(text);
  if (valid != text.size()) {
    problems.add(line_at(valid), "is not UTF-8; want a text file in UTF-8");
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) {
      problems.add(line_at(i), fmt::format("has the control character {:#04x}; want it escaped "
                                           "inside double quotes, or removed",
                                           c));
      return false;
    }
  }
  return true;
}

/// Hears where a document starts, and whether anything is in it.
class DocumentStart : public YAML::EventHandler {
 public:
  std::size_t line = 0;
  bool empty = true;

  void OnDocumentStart(const YAML::Mark& mark) override {
    line = static_cast<std::size_t>(std::max(mark.line, 0)) + 1;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { empty = false; }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {
    empty = false;
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    empty = false;
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    empty = false;
  }
  void OnMapEnd() override {}
};

/// Whether `---` or `...` stands on one of the lines after `first`, up to `last`.
bool document_ends(const std::string& text, std::size_t first, std::size_t last) {
  std::size_t at = 0;
  for (std::size_t line = 1; line <= last; ++line) {
    const bool ends = text.compare(at, 3, "---") == 0 || text.compare(at, 3, "...") == 0;
    if (ends && line > first) return true;
    at = text.find('\n', at);
    if (at == text.npos) return false;
    ++at;
  }
  return false;
}

/// The line of a second document. yaml-cpp also starts one in the middle, at a line that is
/// indented wrongly, which is a problem here. (YAML::LoadAll() does the same, and does not end on
/// some.)
std::optional<std::size_t> find_second(const std::string& text, Problems& problems) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStart first;
  DocumentStart second;
  if (!parser.HandleNextDocument(first) || !parser.HandleNextDocument(second)) return std::nullopt;
  if (!document_ends(text, first.line, second.line)) {
    problems.add(second.line,
                 "is not YAML: the file's one list or mapping ended before this line; want it "
                 "indented like the others");
    return std::nullopt;
  }
  if (second.empty) return std::nullopt;
  return second.line;
}

}  // namespace

void Problems::add(std::size_t line, std::string_view what) {
  problems_.push_back({line, fmt::format("{}:{}: {}", file_, line, what)});
}

std::vector<std::string> Problems::in_order() const {
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
  std::vector<std::string> texts;
  for (Problem& problem : sorted) {
    // What is reached through several aliases is said once.
    if (std::find(texts.begin(), texts.end(), problem.text) == texts.end()) {
      texts.push_back(std::move(problem.text));
    }
  }
  return texts;
}

std::size_t line_of(const YAML::Node& node) {
  return static_cast<std::size_t>(std::max(node.Mark().line, 0)) + 1;
}

std::optional<Document> parse_yaml(const std::string& text, Problems& problems) {
  if (!is_text(text, problems)) return std::nullopt;
  // yaml-cpp takes a quoted scalar without an end for a good one where a line end is the last
  // character, and only there; the comment keeps it from being that.
  const std::string ended = text + "\n#";
  try {
    return Document{YAML::Load(ended), find_second(ended, problems)};
  } catch (const YAML::Exception& error) {  // yaml-cpp's way to say "not YAML"
    const auto lines = std::count(text.begin(), text.end() - (text.ends_with('\n') ? 1 : 0), '\n');
    const auto line = std::clamp<std::ptrdiff_t>(error.mark.line, 0, lines) + 1;
    problems.add(static_cast<std::size_t>(line),
                 fmt::format("is not YAML: {}; want spaces for indentation, and quotes around text "
                             "with special characters",
                             error.msg));
    return std::nullopt;
  }
}

}  // namespace downsampled
