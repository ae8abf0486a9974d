#include "config/yaml_mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/duration.h"
#include "config/spelling.h"

namespace downsampled {
namespace {

std::string_view kind_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Map:
      return "a mapping";
    case YAML::NodeType::Scalar:
      return "a single value";
    case YAML::NodeType::Null:
      return "nothing";
    case YAML::NodeType::Undefined:
      break;
  }
  return "nothing";
}

}  // namespace

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
      problems_.add(line,
                    fmt::format("{} merges itself, or too many others; want fewer <<", what_));
    }
  } else if (node.IsSequence()) {
    for (const auto& one : node) merge(one, line);
  } else if (node.IsMap()) {
    read(node);
  } else {
    problems_.add(line,
                  fmt::format("<< merges {}; want a mapping, as in <<: *anchor", kind_of(node)));
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

std::optional<std::int64_t> Mapping::take_number(const std::string& key) {
  constexpr std::string_view kWanted = "a whole number";
  const auto entry = take_scalar(key, kWanted);
  if (!entry) return std::nullopt;
  std::int64_t number = 0;
  if (YAML::convert<std::int64_t>::decode(entry->value, number)) return number;
  problems_.add(entry->line,
                fmt::format("{} is {:?}; want {}", key, entry->value.Scalar(), kWanted));
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
