// The doorway to yaml-cpp: a text becomes a tree of nodes. Everything that is wrong is collected
// with its line, so that one look at the output mends the whole file. Not thread-safe; the tree
// lives as long as the nodes that were handed out.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace downsampled {

/// What is wrong with one file, by line.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  void add(std::size_t line, std::string_view what);

  /// `file:line: what`, in the order of the lines.
  std::vector<std::string> in_order() const;

 private:
  struct Problem {
    std::size_t line;
    std::string text;
  };
  std::string file_;
  std::vector<Problem> problems_;
};

/// The line where a node starts, from 1.
std::size_t line_of(const YAML::Node& node);

/// A YAML text: its first document (null when there is none), and where a second one starts.
struct Document {
  YAML::Node root;
  std::optional<std::size_t> second_line;
};

/// Nothing, and a problem, when the text is not YAML.
std::optional<Document> parse_yaml(const std::string& text, Problems& problems);

}  // namespace downsampled
