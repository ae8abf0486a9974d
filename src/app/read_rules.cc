#include "app/read_rules.h"

#include "base/error.h"
#include "base/log.h"
#include "config/sources.h"

namespace downsampled {

RuleDefaults rule_defaults(const Settings& settings, const std::vector<SourceSettings>& sources) {
  return {settings.time_period, settings.query_offset, settings.step, names_of(sources)};
}

Groups read_rules(const Settings& settings, const std::vector<SourceSettings>& sources) {
  const LoadedRules rules = load_rule_files(find_rule_files(settings.rules, executable_path()),
                                            rule_defaults(settings, sources));
  if (rules.groups.empty()) throw Error(Reason::config, "the rule files have no rules to evaluate");
  for (const std::string& warning : rules.warnings) log::warn(warning);
  return rules.groups;
}

}  // namespace downsampled
