#include "config/rule_file.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "base/error.h"
#include "support/temporary_folder.h"

using namespace downsampled;
using namespace std::chrono_literals;

namespace {

const RuleDefaults kDefaults{.time_period = 1h, .query_offset = 30s, .step = {}};

LoadedRules load_text(const std::string& text, const RuleDefaults& defaults = kDefaults) {
  const TemporaryFolder folder;
  return load_rule_files(std::array{folder.write("rules.yaml", text)}, defaults);
}

LoadedRules load_data(const std::string& name) {
  return load_rule_files(std::array<std::string, 1>{PROJECT_ROOT "/tests/data/good/" + name},
                         kDefaults);
}

const std::string kOneRule = R"(
groups:
  - name: g
    rules:
      - record: a
        expr: sum(b)  # all
)";

}  // namespace

TEST_CASE("a rule that says nothing gets every default") {
  const LoadedRules loaded = load_text(kOneRule);
  REQUIRE(loaded.groups.size() == 1);
  const Group& group = *loaded.groups[0];
  CHECK(group.name == "g");
  CHECK(group.file.ends_with("/rules.yaml"));
  CHECK(group.id() == group.file + ";g");
  CHECK(group.line == 3);
  CHECK(group.interval == 1h);
  CHECK(group.query_offset == 30s);
  CHECK(group.eval_offset == 0ms);
  CHECK(group.source == "default");
  CHECK(group.step == 15s);
  CHECK(group.stale_after == 3h);
  CHECK(group.limit == 0);
  REQUIRE(group.rules.size() == 1);
  const Rule& rule = group.rules[0];
  CHECK(rule.line == 5);
  CHECK(rule.record == "a");
  CHECK(rule.expr == "sum(b)");
  CHECK(rule.coverage == "");
  CHECK(rule.labels.empty());
  CHECK(rule.aggregate == Aggregate::avg);
  CHECK(rule.absent == Absent::skip);
  CHECK(rule.window == 1h);
  CHECK_FALSE(rule.partial);
  CHECK(rule.help == "Average over 1h: sum(b)");
  CHECK(rule.unit == "");
}

TEST_CASE("a rule's keys win over its group's, and the group's over the settings") {
  const Group group = *load_data("all_keys.yaml").groups.at(0);
  CHECK(group.interval == 1h);
  CHECK(group.query_offset == 1min);
  CHECK(group.eval_offset == 5min);
  CHECK(group.step == 10s);
  CHECK(group.stale_after == 2h);
  CHECK(group.limit == 10);
  const Rule& inherits = group.rules.at(0);
  CHECK(inherits.labels == RuleLabels{{"region", "eu"}, {"team", "platform"}});
  CHECK(inherits.coverage == "up{job=\"x\"}");
  CHECK(inherits.window == 30min);
  CHECK(inherits.aggregate == Aggregate::max);
  CHECK(inherits.absent == Absent::zero);
  CHECK(inherits.partial);
  CHECK(inherits.help == "Maximum over 30m, absent counting as 0: up");
  const Rule& overrides = group.rules.at(1);
  CHECK(overrides.labels == RuleLabels{{"region", "us"}, {"team", "platform"}, {"zone", "a"}});
  CHECK(overrides.coverage == "");
  CHECK(overrides.window == 20min);
  CHECK(overrides.aggregate == Aggregate::integral);
  CHECK(overrides.absent == Absent::skip);
  CHECK_FALSE(overrides.partial);
  CHECK(overrides.help ==
        "Integral (value times seconds) over 20m: Seconds that the target was up.");
  CHECK(overrides.unit == "seconds");
}

TEST_CASE("a quantile is one aggregate however its number is written") {
  const Group group = *load_data("aggregates.yaml").groups.at(0);
  std::vector<std::string> texts;
  for (const Rule& rule : group.rules) {
    if (rule.aggregate.kind == Aggregate::quantile) texts.push_back(to_string(rule.aggregate));
  }
  CHECK(texts ==
        std::vector<std::string>{"quantile(0)", "quantile(0.5)", "quantile(0.99)", "quantile(1)"});
  CHECK(group.rules.back().help == "Quantile 1 over 1d: x");
  CHECK(group.rules[group.rules.size() - 2].aggregate == Aggregate(Aggregate::quantile, 0.99));
}

TEST_CASE("merge keys take what the mapping does not say itself, nearest first") {
  const LoadedRules loaded = load_data("prometheus/anchors.yaml");
  const std::string expr = "sum by (job) (rate(http_requests_total{code=~\"5..\"}[5m]))";
  const std::vector<Rule>& first = loaded.groups.at(0)->rules;
  CHECK(first.at(1).record == "job:http_errors_copy:rate5m");
  CHECK(first.at(1).expr == expr);
  CHECK(first.at(1).labels == RuleLabels{{"team", "payments"}, {"tier", "1"}});
  CHECK(first.at(2).expr == expr);
  CHECK(first.at(2).labels == RuleLabels{{"team", "payments"}, {"tier", "2"}});
  const std::vector<Rule>& second = loaded.groups.at(1)->rules;
  CHECK(second.at(0).record == "job:http_errors_search:rate5m");
  CHECK(second.at(0).labels == RuleLabels{{"team", "search"}, {"tier", "1"}});
}

TEST_CASE("scalars keep their text in every style") {
  const LoadedRules loaded = load_data("prometheus/scalars.yaml");
  const std::vector<Rule>& rules = loaded.groups.at(1)->rules;
  CHECK(loaded.groups.at(1)->interval == 1h);  // 0s
  CHECK(rules.at(0).expr == "1");
  CHECK(
      rules.at(0).labels ==
      RuleLabels{
          {"boolean", "true"}, {"empty", ""}, {"float", "1.50"}, {"nothing", ""}, {"number", "1"}});
  CHECK(rules.at(1).expr == "sum\n  by (job)\n(up)");
  CHECK(rules.at(2).help ==
        "Average over 1h: sum by (job) (up{text=\"# no comment\", other='it\"s'})");
  CHECK(rules.at(3).expr == "  rate(x[5m])\n");
  CHECK(rules.at(4).expr == "sum(rate(x[5m])) by (job)");
  CHECK(rules.at(6).expr == "up{path=\"C:\\\\temp\", brace=\"}\"}");
  CHECK(loaded.groups.at(2)->name == "größenordnung ✓");
  CHECK(loaded.groups.at(2)->rules.at(0).labels ==
        RuleLabels{{"city", "Zürich"}, {"emoji", "🦀"}});
}

TEST_CASE("a limit that is not over 0 is none") {
  const LoadedRules loaded = load_data("prometheus/limits.yaml");
  CHECK(loaded.groups.at(0)->limit == 0);
  CHECK(loaded.groups.at(1)->limit == 0);
  CHECK(loaded.groups.at(2)->limit == 16);
}

TEST_CASE("the step comes from the group, else the setting, else interval and windows") {
  const std::string text =
      "groups:\n  - name: g\n    interval: 1m\n    rules:\n"
      "      - {record: a, expr: b, window: 20s}\n";
  CHECK(load_text(text).groups[0]->step == 10s);
  CHECK(load_text(text, {1h, 30s, 7s}).groups[0]->step == 7s);
  CHECK_THROWS_WITH_AS(load_text(text, {1h, 30s, 30s}),
                       doctest::Contains(":2: step 30s (the setting STEP) is longer than the "
                                         "window 20s; want at most that"),
                       Error);
}

TEST_CASE("all mistakes of all files are said at once") {
  const TemporaryFolder folder;
  const std::string a = folder.write("a.yaml", "groups: 1\n");
  const std::string b = folder.write("b.yaml", "x: 1\ny: 2\n");
  const std::string none = (folder.path() / "none.yaml").string();
  try {
    load_rule_files(std::array{a, b, none, folder.path().string()}, kDefaults);
    FAIL("was not refused");
  } catch (const Error& error) {
    CHECK(error.message() == a + ":1: groups is a single value; want a list (- ...)\n" + b +
                                 ":1: the file has no key \"x\"; want one of groups\n" + b +
                                 ":2: the file has no key \"y\"; want one of groups\n" + none +
                                 ": cannot be read: No such file or directory\n" +
                                 folder.path().string() + ": is a folder; want a rule file");
  }
}

TEST_CASE("rules that record the same series are a warning that names both") {
  const TemporaryFolder folder;
  const std::string head = "groups:\n  - name: g\n    rules:\n";
  const std::string rule = "      - {record: a, expr: b, labels: {x: y, z: w}}\n";
  const std::string a = folder.write("a.yaml", head + rule);
  const std::string b = folder.write(
      "b.yaml",
      head + "      - {record: a, expr: b}\n      - {record: a, expr: c, labels: {z: w, x: y}}\n");
  const LoadedRules loaded = load_rule_files(std::array{a, b}, kDefaults);
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings[0] == b + ":5: records a with the same labels as " + a +
                                  ":4; want another name or a label that tells them apart");
}

TEST_CASE("a group without rules is left out with a warning") {
  const LoadedRules loaded = load_data("prometheus/no_rules.yaml");
  CHECK(loaded.groups.empty());
  CHECK(loaded.warnings.size() == 2);
}

TEST_CASE("series that vanish before they are evaluated again are a warning") {
  const std::string group = "groups:\n  - {name: g, interval: 1m, stale_after: ";
  const std::string rules = ", rules: [{record: a, expr: b}]}\n";
  const LoadedRules loaded = load_text(group + "60s" + rules);
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings[0].find(":2: group \"g\": stale_after 1m is not over the interval 1m") !=
        std::string::npos);
  CHECK(load_text(group + "61s" + rules).warnings.empty());
}

TEST_CASE("groups of two files that would have one rule_group are refused") {
  const TemporaryFolder folder;
  const std::string a = folder.write("a", "groups: [{name: b;c, rules: [{record: x, expr: y}]}]");
  const std::string b = folder.write("a;b", "groups: [{name: c, rules: [{record: z, expr: y}]}]");
  try {
    load_rule_files(std::array{a, b}, kDefaults);
    FAIL("loaded");
  } catch (const Error& error) {
    CHECK(error.reason() == Reason::config);
    CHECK(error.message().starts_with(b + ":1: another file has a group that is called"));
  }
}

TEST_CASE("a second document is not read, and that is a warning") {
  const LoadedRules loaded = load_data("prometheus/two_documents.yaml");
  CHECK(loaded.groups.size() == 1);
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings[0].find(":4: only the first YAML document") != std::string::npos);
}

TEST_CASE("check says a line for each file") {
  const TemporaryFolder folder;
  const std::string good = folder.write("good.yaml", kOneRule);
  const std::string bad = folder.write("bad.yaml", "groups: {}\n");
  const CheckReport fine = check_rule_files(std::array{good}, kDefaults);
  CHECK(fine.ok);
  CHECK(fine.text == good + ": ok, 1 group, 1 rule\n");
  const CheckReport mixed = check_rule_files(std::array{bad, good}, kDefaults);
  CHECK_FALSE(mixed.ok);
  CHECK(mixed.text ==
        bad + ":1: groups is a mapping; want a list (- ...)\n" + good + ": ok, 1 group, 1 rule\n");
}

TEST_CASE("check refuses what two files must not share, as the daemon does") {
  const TemporaryFolder folder;
  const std::string a = folder.write("a", "groups: [{name: b;c, rules: [{record: x, expr: y}]}]");
  const std::string b = folder.write("a;b", "groups: [{name: c, rules: [{record: z, expr: y}]}]");
  const CheckReport report = check_rule_files(std::array{a, b}, kDefaults);
  CHECK_FALSE(report.ok);
  CHECK(report.text.starts_with(a + ": ok, 1 group, 1 rule\n" + b +
                                ":1: another file has a group that is called"));
  const std::string good = folder.write("good.yaml", kOneRule);
  CHECK(check_rule_files(std::array{good, good}, kDefaults).ok);
}

TEST_CASE("check prints warnings") {
  const TemporaryFolder folder;
  const std::string file = folder.write("x.yaml", kOneRule + "      - {record: a, expr: c}\n");
  const CheckReport report = check_rule_files(std::array{file}, kDefaults);
  CHECK(report.ok);
  CHECK(report.text.find("warning: " + file + ":7: records a with the same labels") !=
        std::string::npos);
}
