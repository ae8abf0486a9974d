#include "publish/families.h"

#include <map>
#include <string_view>

namespace downsampled {
namespace {

std::shared_ptr<const Piece> header_of(const Rule& rule, ExpositionFormat format) {
  std::string text;
  append_header(text, format, {rule.record, MetricType::gauge, rule.help, rule.unit});
  return std::make_shared<const Piece>(make_piece(std::move(text), Compression::small));
}

}  // namespace

Families::Families(const Groups& groups) {
  std::map<std::string_view, Family> by_name;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (std::size_t r = 0; r < groups[g]->rules.size(); ++r) {
      const Rule& rule = groups[g]->rules[r];
      Family& family = by_name[rule.record];
      if (family.members.empty()) {
        family.headers = {header_of(rule, ExpositionFormat::text),
                          header_of(rule, ExpositionFormat::openmetrics)};
      }
      family.members.emplace_back(g, r);
    }
  }
  for (auto& [name, family] : by_name) families_.push_back(std::move(family));
}

void Families::for_each_piece(ExpositionFormat format,
                              const std::vector<std::shared_ptr<const PublishedWindows>>& windows,
                              std::optional<Timestamp> now,
                              const std::function<void(std::shared_ptr<const Piece>)>& take) const {
  for (const Family& family : families_) {
    bool headed = false;
    for (const auto& [group, rule] : family.members) {
      const std::shared_ptr<const PublishedWindow> published =
          windows[group] ? (*windows[group])[rule] : nullptr;
      if (!published || published->series == 0 || (now && *now >= published->expires)) continue;
      if (!headed) take(family.headers[static_cast<std::size_t>(format)]);
      headed = true;
      take(std::shared_ptr<const Piece>(published, &published->lines));
    }
  }
}

std::string render_text(const std::vector<Snapshot>& snapshots) {
  Groups groups;
  std::vector<std::shared_ptr<const PublishedWindows>> windows;
  for (const Snapshot& snapshot : snapshots) {
    groups.push_back(snapshot.group);
    windows.push_back(next_windows(nullptr, snapshot));
  }
  std::string text;
  Families(groups).for_each_piece(ExpositionFormat::text, windows, std::nullopt,
                                  [&text](const auto& piece) { text += piece->text; });
  return text;
}

}  // namespace downsampled
