#include "config/rule_file.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/duration.h"
#include "base/error.h"
#include "config/group_reader.h"
#include "config/text_file.h"
#include "config/yaml_mapping.h"

namespace downsampled {
namespace {

struct ParsedFile {
  std::vector<std::shared_ptr<const Group>> groups;
  std::vector<std::string> problems;
  std::vector<std::string> warnings;
};

void read_groups(const YAML::Node& document, const std::string& file, const RuleDefaults& defaults,
                 Problems& problems, ParsedFile& parsed) {
  Mapping top(document, "the file", problems);
  std::map<std::string, std::size_t> lines;
  for (const YAML::Node& node : top.take_list("groups")) {
    Group group = read_group(node, file, defaults, problems);
    const auto [first, is_new] = lines.emplace(group.name, group.line);
    if (!is_new && !group.name.empty()) {
      problems.add(group.line, fmt::format("group {:?} stands twice in the file, first in line {}; "
                                           "want another name",
                                           group.name, first->second));
    }
    const std::string place = fmt::format("{}:{}: group {:?}", file, group.line, group.name);
    if (group.rules.empty()) parsed.warnings.push_back(place + " has no rules");
    if (group.stale_after <= group.interval) {
      parsed.warnings.push_back(fmt::format(
          "{}: stale_after {} is not over the interval {}, so its series vanish before each "
          "evaluation; want more than that",
          place, format_duration(group.stale_after), format_duration(group.interval)));
    }
    parsed.groups.push_back(std::make_shared<const Group>(std::move(group)));
  }
  top.refuse_rest({"groups"});
}

ParsedFile parse_file(const std::string& file, const RuleDefaults& defaults) {
  ParsedFile parsed;
  std::string unreadable;
  const auto text = read_text(file, "a rule file", unreadable);
  if (!text) {
    parsed.problems.push_back(std::move(unreadable));
    return parsed;
  }
  Problems problems(file);
  const auto document = parse_yaml(*text, problems);
  // As in Prometheus, an empty file is one without groups.
  if (document && !document->root.IsNull()) {
    read_groups(document->root, file, defaults, problems, parsed);
  }
  if (document && document->second_line) {
    parsed.warnings.push_back(
        fmt::format("{}:{}: only the first YAML document of a file is read, as in Prometheus; want "
                    "one document",
                    file, *document->second_line));
  }
  parsed.problems = problems.in_order();
  return parsed;
}

/// Finds what the groups of several files must not share, and says so with the later file.
class Comparison {
 public:
  void look_at(ParsedFile& parsed) {
    const bool readable = parsed.problems.empty();
    for (const auto& group : parsed.groups) {
      if (readable) look_at_id(*group, parsed.problems);
      look_at_series(*group, parsed.warnings);
    }
  }

 private:
  /// A `;` in a file's or a group's name; within one file read_groups() has seen it.
  void look_at_id(const Group& group, std::vector<std::string>& problems) {
    const auto [first, is_new] = files_.emplace(group.id(), group.file);
    if (is_new || first->second == group.file) return;  // the same file may be given twice
    problems.push_back(
        fmt::format("{}:{}: another file has a group that is called {:?} as well, which is the "
                    "label rule_group of both; want another name",
                    group.file, group.line, group.id()));
  }

  void look_at_series(const Group& group, std::vector<std::string>& warnings) {
    for (const Rule& rule : group.rules) {
      const std::string place = fmt::format("{}:{}", group.file, rule.line);
      const auto [first, is_new] = places_.emplace(std::pair(rule.record, rule.labels), place);
      if (is_new) continue;
      warnings.push_back(
          fmt::format("{}: records {} with the same labels as {}; want another name "
                      "or a label that tells them apart",
                      place, rule.record, first->second));
    }
  }

  std::map<std::string, std::string> files_;  // by rule_group
  std::map<std::pair<std::string, RuleLabels>, std::string> places_;
};

std::string counted(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

void append_lines(std::string& text, const std::vector<std::string>& lines,
                  std::string_view prefix) {
  for (const std::string& line : lines) text += fmt::format("{}{}\n", prefix, line);
}

}  // namespace

LoadedRules load_rule_files(std::span<const std::string> files, const RuleDefaults& defaults) {
  LoadedRules loaded;
  std::string problems;
  Comparison comparison;
  for (const std::string& file : files) {
    ParsedFile parsed = parse_file(file, defaults);
    comparison.look_at(parsed);
    append_lines(problems, parsed.problems, "");
    for (std::string& warning : parsed.warnings) loaded.warnings.push_back(std::move(warning));
    for (auto& group : parsed.groups) {
      if (!group->rules.empty()) loaded.groups.push_back(std::move(group));
    }
  }
  if (!problems.empty()) {
    problems.pop_back();  // the last line end
    throw Error(Reason::config, problems);
  }
  return loaded;
}

CheckReport check_rule_files(std::span<const std::string> files, const RuleDefaults& defaults) {
  CheckReport report;
  Comparison comparison;
  for (const std::string& file : files) {
    ParsedFile parsed = parse_file(file, defaults);
    comparison.look_at(parsed);
    append_lines(report.text, parsed.problems, "");
    if (!parsed.problems.empty()) {
      report.ok = false;
      continue;
    }
    std::size_t rules = 0;
    for (const auto& group : parsed.groups) rules += group->rules.size();
    report.text += fmt::format("{}: ok, {}, {}\n", file, counted(parsed.groups.size(), "group"),
                               counted(rules, "rule"));
    append_lines(report.text, parsed.warnings, "warning: ");
  }
  return report;
}

}  // namespace downsampled
