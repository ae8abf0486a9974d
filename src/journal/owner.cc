#include "journal/owner.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <iterator>
#include <string>

#include "journal/rule_labels.h"

namespace downsampled {
namespace {

/// Columns, each so that its end is known.
class Columns {
 public:
  void add(std::string_view text) {
    fmt::format_to(std::back_inserter(text_), "{}:{}", text.size(), text);
  }
  void add(Duration duration) { add(std::string_view(fmt::to_string(duration.count()))); }

  void add(const PaneKey& key) {
    for (const std::string* text : {&key.source, &key.expr, &key.coverage}) {
      add(std::string_view(*text));
    }
    for (const Duration duration :
         {key.step, key.interval, key.width, key.eval_offset, key.query_offset}) {
      add(duration);
    }
  }

  std::uint64_t hash() const { return XXH3_64bits(text_.data(), text_.size()); }

 private:
  std::string text_;
};

}  // namespace

std::uint64_t owner_of(const PaneKey& key) {
  Columns columns;
  columns.add(key);
  return columns.hash();
}

std::uint64_t owner_of(const RuleKey& rule) {
  Columns columns;
  columns.add(rule.panes);
  columns.add(std::string_view(rule.record));
  columns.add(std::string_view(rule_labels_text(rule.labels)));
  columns.add(rule.window);
  columns.add(std::string_view(to_string(rule.aggregate)));
  columns.add(to_string(rule.absent));
  return columns.hash();
}

std::uint64_t owner_of_row(const Query& row, int count) {
  Columns columns;
  for (int column = 0; column < count; ++column) columns.add(row.as_text(column));
  return columns.hash();
}

}  // namespace downsampled
