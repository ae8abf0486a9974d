#include <algorithm>
#include <cstdint>
#include <cstring>

#include "journal/columns.h"
#include "journal/frame.h"
#include "journal/label_set_edits.h"

namespace downsampled {
namespace {

struct Edits {
  Column per_set;
  Column kept;
  Column dropped;
  Column inserted;
  std::string text;
};

/// How many bytes two texts have in common at their beginnings; eight at a time.
std::size_t common_prefix(std::string_view a, std::string_view b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t length = 0;
  for (; length + 8 <= most; length += 8) {
    if (std::memcmp(a.data() + length, b.data() + length, 8) != 0) break;
  }
  while (length < most && a[length] == b[length]) ++length;
  return length;
}

/// Finds how a set came from the one before.
class Editor {
 public:
  Editor(Edits& edits, std::string_view before) : edits_(edits), done_(before.data()) {}

  /// That `from`, a part of the set before, became `to`.
  void replace(std::string_view from, std::string_view to) {
    if (from == to) return;
    const std::size_t most = std::min(from.size(), to.size());
    const std::size_t begin = common_prefix(from, to);
    std::size_t end = 0;
    while (end < most - begin && from[from.size() - 1 - end] == to[to.size() - 1 - end]) ++end;
    from = from.substr(begin, from.size() - begin - end);
    to = to.substr(begin, to.size() - begin - end);
    edits_.kept.push_back(static_cast<std::uint64_t>(from.data() - done_));
    edits_.dropped.push_back(from.size());
    edits_.inserted.push_back(to.size());
    edits_.text += to;
    done_ = from.data() + from.size();
  }

 private:
  Edits& edits_;
  const char* done_;
};

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

const char* end_of(std::string_view text) { return text.data() + text.size(); }

/// Value by value, as far as the two sets have the same names; whatever is then left at once.
void edit(Edits& edits, std::string_view before, std::string_view packed) {
  Editor editor(edits, before);
  const LabelSet::Iterator end(end_of(packed), end_of(packed));
  LabelSet::Iterator now(packed.data(), end_of(packed));
  for (;;) {
    const char* const differ = packed.data() + common_prefix(before, packed);
    const char* same = packed.data();
    for (; now != end && end_of(now->value) <= differ; ++now) same = end_of(now->value);
    before.remove_prefix(static_cast<std::size_t>(same - packed.data()));
    packed = between(same, end_of(packed));
    if (before.empty() || packed.empty()) break;
    const LabelSet::Iterator old(before.data(), end_of(before));
    if (old->name != now->name) break;
    editor.replace(between(end_of(old->name), old->value.data()),
                   between(end_of(now->name), now->value.data()));
    editor.replace(old->value, now->value);
    before = between(end_of(old->value), end_of(before));
    packed = between(end_of(now->value), end_of(packed));
    ++now;
  }
  editor.replace(before, packed);
}

}  // namespace

std::string write_edits(const LabelSetRefs& label_sets) {
  Edits edits;
  edits.per_set.reserve(label_sets.size());
  for (Column* column : {&edits.kept, &edits.dropped, &edits.inserted}) {
    column->reserve(2 * label_sets.size());  // most sets take one or two
  }
  std::string_view before = "";
  std::uint64_t size = 0;
  for (const LabelSet* labels : label_sets) {
    require_room(size += labels->packed().size());  // or read_edits() would refuse them
    const std::size_t edits_before = edits.kept.size();
    edit(edits, before, labels->packed());
    edits.per_set.push_back(edits.kept.size() - edits_before);
    before = labels->packed();
  }
  ColumnWriter writer;
  writer.text(kEditsKind);
  writer.number(edits.per_set.size());
  writer.number(edits.kept.size());
  for (const Column* column : {&edits.per_set, &edits.kept, &edits.dropped, &edits.inserted}) {
    writer.column(*column);
  }
  writer.text(edits.text);
  return writer.take();
}

}  // namespace downsampled
