// Reads the mappings of a YAML tree key by key, each key once; whatever was not read at the end is
// an unknown key. A Mapping keeps a reference to the Problems it reports to, and the nodes it hands
// out keep the tree alive. Not thread-safe.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/yaml_document.h"

namespace downsampled {

/// A key of a mapping and its value.
struct Entry {
  std::string key;
  std::size_t line;
  YAML::Node value;
};

class Mapping {
 public:
  /// Resolves merge keys (`<<`). A `node` that is no mapping is a problem, and has no keys; `what`
  /// names it then ("a group").
  Mapping(const YAML::Node& node, std::string_view what, Problems& problems);

  /// Where the mapping starts.
  std::size_t line() const { return line_; }

  /// The line of `key` while it is not taken; that of the mapping when there is no such key.
  std::size_t line_of_key(const std::string& key) const;

  /// The entry of `key`, once; nothing when there is none, or when its value is null.
  std::optional<Entry> take(const std::string& key);

  /// take(), for values of one type; a value of another type is a problem, and nothing.
  std::optional<std::string> take_text(const std::string& key);
  std::optional<bool> take_bool(const std::string& key);
  std::optional<std::int64_t> take_number(const std::string& key);
  /// A Prometheus duration of at least `least`: 0 or 1ms.
  std::optional<Duration> take_duration(const std::string& key, Duration least);
  /// The nodes of a list; none where there is no such key.
  std::vector<YAML::Node> take_list(const std::string& key);

  /// What was not taken.
  const std::list<Entry>& rest() const { return entries_; }

  /// Every entry that was not taken is a problem. `known`: the keys there could have been.
  void refuse_rest(const std::vector<std::string>& known);

 private:
  void read(const YAML::Node& node);
  void merge(const YAML::Node& node, std::size_t line);
  std::optional<Entry> take_scalar(const std::string& key, std::string_view wanted);

  std::string what_;
  Problems& problems_;
  std::size_t line_;
  int merges_left_ = 100;     // an alias can hold itself
  std::list<Entry> entries_;  // a list, because assigning a YAML::Node would write to the tree
};

}  // namespace downsampled
