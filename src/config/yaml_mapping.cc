#include "config/yaml_mapping.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/duration.h"
#include "base/utf8.h"
#include "config/spelling.h"

namespace downsampled {
namespace {

std::string_view kind_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Sequence: return "a list";
    case YAML::NodeType::Map: return "a mapping";
    case YAML::NodeType::Scalar: return "a single value";
    case YAML::NodeType::Null: return "nothing";
    case YAML::NodeType::Undefined: break;
  }
  return "nothing";
}

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

std::optional<std::vector<YAML::Node>> parse_yaml(const std::string& text, Problems& problems) {
  if (!is_text(text, problems)) return std::nullopt;
  try {
    return YAML::LoadAll(text);
  } catch (const YAML::Exception& error) {  // yaml-cpp's way to say "not YAML"
    problems.add(static_cast<std::size_t>(std::max(error.mark.line, 0)) + 1,
                 fmt::format("is not YAML: {}; want spaces for indentation, and quotes around text "
                             "with special characters",
                             error.msg));
    return std::nullopt;
  }
}

Mapping::Mapping(const YAML::Node& node, std::string_view what, Problems& problems)
    : what_(what), problems_(problems), line_(line_of(node)) {
  read(node);
}

void Mapping::read(const YAML::Node& node) {
  if (!node.IsMap()) {
    problems_.add(line_of(node),
                  fmt::format("{} is {}; want a mapping of keys to values", what_, kind_of(node)));
    return;
  }
  std::vector<Entry> own;
  std::vector<Entry> merges;
  for (const auto& pair : node) {
    const std::size_t line = line_of(pair.first);
    if (!pair.first.IsScalar()) {
      problems_.add(line, fmt::format("a key is {}; want text", kind_of(pair.first)));
      continue;
    }
    Entry entry{pair.first.Scalar(), line, pair.second};
    if (entry.key == "<<") {
      merges.push_back(std::move(entry));
      continue;
    }
    const auto first = std::find_if(own.begin(), own.end(),
                                    [&](const Entry& other) { return other.key == entry.key; });
    if (first != own.end()) {
      problems_.add(line, fmt::format("{:?} stands twice in {}, first in line {}; want one of them",
                                      entry.key, what_, first->line));
      continue;
    }
    own.push_back(std::move(entry));
  }
  // A key that is nearer wins: the mapping's own, then the merged ones in their order.
  for (Entry& entry : own) {
    const bool known = std::any_of(entries_.begin(), entries_.end(),
                                   [&](const Entry& other) { return other.key == entry.key; });
    if (!known) entries_.push_back(std::move(entry));
  }
  for (const Entry& entry : merges) merge(entry.value, entry.line);
}

void Mapping::merge(const YAML::Node& node, std::size_t line) {
  if (--merges_left_ <= 0) {
    if (merges_left_ == 0) {
      problems_.add(line, fmt::format("{} merges itself, or too many others; want fewer <<", what_));
    }
  } else if (node.IsSequence()) {
    for (const auto& one : node) merge(one, line);
  } else if (node.IsMap()) {
    read(node);
  } else {
    problems_.add(line, fmt::format("<< merges {}; want a mapping, as in <<: *anchor", kind_of(node)));
  }
}

std::size_t Mapping::line_of_key(const std::string& key) const {
  for (const Entry& entry : entries_) {
    if (entry.key == key) return entry.line;
  }
  return line_;
}

std::optional<Entry> Mapping::take(const std::string& key) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  if (found == entries_.end()) return std::nullopt;
  Entry entry = *found;
  entries_.erase(found);
  if (entry.value.IsNull()) return std::nullopt;
  return entry;
}

std::optional<Entry> Mapping::take_scalar(const std::string& key, std::string_view wanted) {
  std::optional<Entry> entry = take(key);
  if (entry && !entry->value.IsScalar()) {
    problems_.add(entry->line,
                  fmt::format("{} is {}; want {}", key, kind_of(entry->value), wanted));
    return std::nullopt;
  }
  return entry;
}

std::optional<std::string> Mapping::take_text(const std::string& key) {
  const auto entry = take_scalar(key, "text");
  if (!entry) return std::nullopt;
  return entry->value.Scalar();
}

std::optional<bool> Mapping::take_bool(const std::string& key) {
  const auto entry = take_scalar(key, "true or false");
  if (!entry) return std::nullopt;
  bool value = false;
  if (YAML::convert<bool>::decode(entry->value, value)) return value;
  problems_.add(entry->line,
                fmt::format("{} is {:?}; want true or false", key, entry->value.Scalar()));
  return std::nullopt;
}

std::optional<std::size_t> Mapping::take_number(const std::string& key) {
  constexpr std::string_view kWanted = "a whole number that is not negative";
  const auto entry = take_scalar(key, kWanted);
  if (!entry) return std::nullopt;
  const std::string& text = entry->value.Scalar();
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  problems_.add(entry->line, fmt::format("{} is {:?}; want {}", key, text, kWanted));
  return std::nullopt;
}

std::optional<Duration> Mapping::take_duration(const std::string& key, Duration least) {
  const std::string_view wanted = least > Duration::zero()
                                      ? "a duration over 0, such as 90s or 1h30m"
                                      : "a duration such as 0s, 90s or 1h30m";
  const auto entry = take_scalar(key, wanted);
  if (!entry) return std::nullopt;
  const auto duration = parse_duration(entry->value.Scalar());
  if (duration && *duration >= least) return duration;
  problems_.add(entry->line,
                fmt::format("{} is {:?}; want {}", key, entry->value.Scalar(), wanted));
  return std::nullopt;
}

std::vector<YAML::Node> Mapping::take_list(const std::string& key) {
  const auto entry = take(key);
  if (!entry) return {};
  if (!entry->value.IsSequence()) {
    problems_.add(entry->line,
                  fmt::format("{} is {}; want a list (- ...)", key, kind_of(entry->value)));
    return {};
  }
  return {entry->value.begin(), entry->value.end()};
}

void Mapping::refuse_rest(const std::vector<std::string>& known) {
  for (const Entry& entry : entries_) {
    problems_.add(entry.line, fmt::format("{} has no key {:?}{}; want one of {}", what_, entry.key,
                                          did_you_mean(entry.key, known), fmt::join(known, ", ")));
  }
  entries_.clear();
}

}  // namespace downsampled
