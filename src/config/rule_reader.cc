#include "config/rule_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/duration.h"
#include "base/utf8.h"
#include "config/aggregate_reader.h"
#include "config/names.h"
#include "config/promql_scan.h"

namespace downsampled {
namespace {

constexpr std::size_t kHelpExpression = 200;

std::optional<Absent> take_absent(Mapping& mapping, Problems& problems) {
  const std::size_t line = mapping.line_of_key("absent");
  const auto text = mapping.take_text("absent");
  if (!text) return std::nullopt;
  for (const Absent absent : {Absent::skip, Absent::zero}) {
    if (*text == to_string(absent)) return absent;
  }
  problems.add(line, fmt::format("absent is {:?}; want one of skip, zero", *text));
  return std::nullopt;
}

RuleLabels take_labels(Mapping& mapping, Problems& problems) {
  RuleLabels labels;
  const auto entry = mapping.take("labels");
  if (!entry) return labels;
  const Mapping given(entry->value, "labels", problems);
  for (const Entry& label : given.rest()) {
    if (const auto problem = label_name_problem(label.key)) {
      problems.add(label.line, fmt::format("label {:?} {}", label.key, *problem));
    } else if (!label.value.IsScalar() && !label.value.IsNull()) {
      problems.add(label.line, fmt::format("the value of label {} is not text; want text in quotes",
                                           label.key));
    } else {
      labels.emplace_back(label.key, label.value.IsNull() ? "" : label.value.Scalar());
    }
  }
  std::sort(labels.begin(), labels.end());
  return labels;
}

/// The group's labels with the rule's over them.
RuleLabels merged(const RuleLabels& group, RuleLabels rule) {
  const auto own = static_cast<std::ptrdiff_t>(rule.size());
  for (const auto& label : group) {
    const auto end = rule.begin() + own;
    const bool overridden = std::any_of(
        rule.begin(), end, [&](const auto& other) { return other.first == label.first; });
    if (!overridden) rule.push_back(label);
  }
  std::sort(rule.begin(), rule.end());
  return rule;
}

void check_expression(const std::string& key, const std::string& text, std::size_t line,
                      Problems& problems) {
  if (const auto problem = promql_problem(text)) {
    problems.add(line, fmt::format("{} {}", key, *problem));
  }
}

void check_window(const Rule& rule, Duration interval, std::size_t line, Problems& problems) {
  const std::string window = format_duration(rule.window);
  const std::string period = format_duration(interval);
  if (rule.window % interval != Duration::zero() && interval % rule.window != Duration::zero()) {
    problems.add(line, fmt::format("window {} and interval {} do not fit; want one to be a "
                                   "multiple of the other",
                                   window, period));
  }
}

/// What the window makes of the expression, which the file may have put into words.
std::string help_of(const Rule& rule, const std::string& words) {
  return fmt::format("{} {}{}: {}", in_words(rule.aggregate), format_duration(rule.window),
                     rule.absent == Absent::zero ? ", absent counting as 0" : "",
                     words.empty() ? promql_one_line(rule.expr, kHelpExpression) : words);
}

/// Whether Prometheus takes the value of that key of alerting rules for none at all, and so lets it
/// stand in a recording rule.
bool says_nothing(const Entry& entry) {
  if (entry.key == "annotations") return entry.value.IsMap() && entry.value.size() == 0;
  if (!entry.value.IsScalar()) return false;
  if (entry.key == "alert") return entry.value.Scalar().empty();
  return parse_duration(entry.value.Scalar()) == Duration::zero();
}

/// Keys of alerting rules. They are said apart, because there is nothing to correct in them.
bool refuse_alert(Mapping& mapping, Problems& problems) {
  if (const auto alert = mapping.take("alert"); alert && !says_nothing(*alert)) {
    problems.add(alert->line,
                 "is an alerting rule; it belongs in the rule files of Prometheus itself or of "
                 "vmalert, because this daemon only records");
    return true;
  }
  for (const char* key : {"for", "keep_firing_for", "annotations"}) {
    if (const auto entry = mapping.take(key); entry && !says_nothing(*entry)) {
      problems.add(entry->line, fmt::format("{:?} is for alerting rules; want it removed", key));
    }
  }
  return false;
}

/// The text of a key that a rule cannot do without.
std::optional<std::string> take_required(Mapping& mapping, const std::string& key,
                                         Problems& problems) {
  const std::size_t line = mapping.line_of_key(key);
  auto text = mapping.take_text(key);
  if (!text) problems.add(line, fmt::format("the rule has no {}; want {}: and its text", key, key));
  return text;
}

void take_name(Mapping& mapping, Rule& rule, Problems& problems) {
  const std::size_t line = mapping.line_of_key("record");
  const auto name = take_required(mapping, "record", problems);
  if (!name) return;
  rule.record = *name;
  if (const auto problem = metric_name_problem(rule.record)) {
    problems.add(line, fmt::format("record {:?} {}", rule.record, *problem));
  }
}

void take_expression(Mapping& mapping, Rule& rule, Problems& problems) {
  const std::size_t line = mapping.line_of_key("expr");
  const auto expression = take_required(mapping, "expr", problems);
  if (!expression) return;
  rule.expr = *expression;
  check_expression("expr", rule.expr, line, problems);
}

}  // namespace

SharedKeys take_shared_keys(Mapping& mapping, Problems& problems) {
  SharedKeys keys;
  keys.labels = take_labels(mapping, problems);
  const std::size_t coverage_line = mapping.line_of_key("coverage");
  keys.coverage = mapping.take_text("coverage");
  if (keys.coverage && !keys.coverage->empty()) {
    check_expression("coverage", *keys.coverage, coverage_line, problems);
  }
  keys.window_line = mapping.line_of_key("window");
  keys.window = mapping.take_duration("window", kOverZero);
  keys.aggregate = take_aggregate(mapping, problems);
  keys.absent = take_absent(mapping, problems);
  keys.partial = mapping.take_bool("partial");
  return keys;
}

Rule read_rule(const YAML::Node& node, const SharedKeys& group, Duration interval,
               Problems& problems) {
  Rule rule;
  Mapping mapping(node, "a rule", problems);
  rule.line = mapping.line();
  if (!node.IsMap() || refuse_alert(mapping, problems)) return rule;
  take_name(mapping, rule, problems);
  take_expression(mapping, rule, problems);
  SharedKeys own = take_shared_keys(mapping, problems);
  rule.labels = merged(group.labels, std::move(own.labels));
  rule.coverage = own.coverage.value_or(group.coverage.value_or(""));
  rule.aggregate = own.aggregate.value_or(group.aggregate.value_or(Aggregate::avg));
  rule.absent = own.absent.value_or(group.absent.value_or(Absent::skip));
  rule.partial = own.partial.value_or(group.partial.value_or(false));
  rule.window = own.window.value_or(group.window.value_or(interval));
  check_window(rule, interval, own.window ? own.window_line : group.window_line, problems);
  rule.help = help_of(rule, mapping.take_text("help").value_or(""));
  rule.unit = mapping.take_text("unit").value_or("");
  mapping.refuse_rest({"record", "expr", "labels", "coverage", "window", "aggregate", "absent",
                       "partial", "help", "unit"});
  return rule;
}

}  // namespace downsampled
