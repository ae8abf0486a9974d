#include "app/write_backfill.h"

#include <map>
#include <utility>
#include <vector>

#include "app/atomic_file.h"
#include "model/exposition.h"
#include "publish/write_history.h"

namespace downsampled {
namespace {

using Members = std::vector<std::pair<const Group*, const Rule*>>;

void write_family(const Members& members, Window span, Journal& journal, const TextOut& out) {
  History history;
  for (const auto& [group, rule] : members) {
    const RuleKey key = rule_key(*group, *rule);
    for (const Timestamp end : journal.window_ends(key, span.start + Duration(1), span.end)) {
      if (const auto window = journal.find_window(key, end)) history.add(*window);
    }
  }
  const Rule& first = *members.front().second;
  write_openmetrics({.name = first.record, .help = first.help, .unit = first.unit}, history, out);
}

}  // namespace

void write_backfill(const std::string& file, const Groups& groups, Window span, Journal& journal) {
  std::map<std::string, Members> families;
  for (const auto& group : groups) {
    for (const Rule& rule : group->rules) families[rule.record].emplace_back(group.get(), &rule);
  }
  AtomicFile output(file);
  const auto out = [&](std::string_view text) { output.write(text); };
  for (const auto& [record, members] : families) write_family(members, span, journal, out);
  std::string end;
  append_end(end, ExpositionFormat::openmetrics);
  output.write(end);
  output.finish();
}

}  // namespace downsampled
