#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "journal/columns.h"
#include "journal/frame.h"
#include "journal/label_set_edits.h"

namespace downsampled {
namespace {

/// Makes each set of the one before it.
class EditReader {
 public:
  explicit EditReader(std::string_view content) : reader_(content) {
    reader_.expect(kEditsKind);
    const std::uint64_t sets = reader_.number();
    const std::uint64_t edits = reader_.number();
    per_set_ = reader_.column(sets);
    kept_ = reader_.column(edits);
    dropped_ = reader_.column(edits);
    inserted_ = reader_.column(edits);
  }

  std::vector<LabelSet> label_sets() {
    std::vector<LabelSet> label_sets;
    label_sets.reserve(per_set_.size());
    std::string_view before;
    for (const std::uint64_t edits : per_set_) {
      std::optional<LabelSet> labels = LabelSet::from_packed(edited(before, edits));
      if (!labels) damaged(fmt::format("its label set {} is not one", label_sets.size() + 1));
      before = label_sets.emplace_back(std::move(*labels)).packed();
    }
    if (next_ != kept_.size()) damaged("it has more edits than its label sets");
    reader_.finish();
    return label_sets;
  }

 private:
  const std::string& edited(std::string_view before, std::uint64_t edits) {
    edited_.clear();
    for (std::uint64_t i = 0; i < edits; ++i, ++next_) {
      if (next_ >= kept_.size()) damaged("it has fewer edits than its label sets");
      edited_ += take(before, kept_[next_]);
      take(before, dropped_[next_]);
      edited_ += reader_.text(inserted_[next_]);
    }
    edited_ += before;
    if (edited_.size() > left_) damaged(fmt::format("it holds more than {} bytes", kMostContent));
    left_ -= edited_.size();
    return edited_;
  }

  static std::string_view take(std::string_view& before, std::uint64_t size) {
    if (size > before.size()) damaged("a label set keeps more of the one before than that has");
    const std::string_view taken = before.substr(0, size);
    before.remove_prefix(size);
    return taken;
  }

  ColumnReader reader_;
  Column per_set_;
  Column kept_;
  Column dropped_;
  Column inserted_;
  std::size_t next_ = 0;
  std::string edited_;  ///< kept, so that the sets are copies with no room to spare
  std::uint64_t left_ = kMostContent;
};

}  // namespace

std::vector<LabelSet> read_edits(std::string_view content) {
  return EditReader(content).label_sets();
}

}  // namespace downsampled
