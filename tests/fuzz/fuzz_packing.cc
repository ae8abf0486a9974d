// Feeds any bytes to what unpacks the journal's rows. The first byte says which of the three, and
// whether the rest is a row as it stands or is first sealed: no mutation gets past the checksums.
// Checks that what unpacks packs again to something that unpacks to the same.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fuzz/require.h"
#include "journal/frame.h"
#include "journal/label_set_edits.h"
#include "journal/packing.h"
#include "support/same_bits.h"

using namespace downsampled;

namespace {

/// As many label sets as a row of this content says that it has series, within reason.
std::vector<LabelSet> label_sets_for(std::string_view content) {
  constexpr std::size_t kCount = 9;  // where the number of series stands
  const std::size_t count =
      content.size() > kCount ? static_cast<std::uint8_t>(content[kCount]) : 0;
  return std::vector<LabelSet>(count);
}

void check_window(const std::string& row, std::string_view content) {
  const RecordedWindow window = unpack_window(row, label_sets_for(content), 0);
  const RecordedWindow again = unpack_window(pack_window(window, 0), label_sets_for(content), 0);
  require(test::same_bits(again, window), "another window");
}

void check_pane(const std::string& row, std::string_view content) {
  const Pane pane = unpack_pane(row, label_sets_for(content), 0);
  const Pane again = unpack_pane(pack_pane(pane, 0), label_sets_for(content), 0);
  require(test::same_bits(again, pane), "another pane");
}

void check_label_sets(std::string_view content) {
  const std::vector<LabelSet> label_sets = read_edits(content);
  LabelSetRefs refs;
  for (const LabelSet& labels : label_sets) refs.push_back(&labels);
  require(unpack_label_sets(pack_label_sets(refs), hash_label_sets(refs)) == label_sets,
          "other label sets");
}

void check(std::uint8_t choice, std::string_view content) {
  const std::string row = choice & 0x80 ? std::string(content) : seal(content, 0);
  switch (choice % 4) {
    case 0:
      return check_window(row, content);
    case 1:
      return check_pane(row, content);
    case 2:
      return check_label_sets(content);
    default:
      unpack_label_sets(row, content.substr(0, 16));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  try {
    check(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  } catch (const Error& error) {
    require(error.reason() == Reason::damaged, "another reason than damage");
  }
  return 0;
}
