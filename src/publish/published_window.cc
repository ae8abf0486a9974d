#include "publish/published_window.h"

#include <cassert>
#include <string>
#include <utility>

#include "model/exposition.h"

namespace downsampled {
namespace {

// About as long as the line of a recorded series, so that its text is allocated few times.
constexpr std::size_t kLine = 128;

std::shared_ptr<const PublishedWindow> make_published(const Group& group, const Rule& rule,
                                                      const RecordedWindow& window) {
  std::string text;
  text.reserve(window.samples.size() * kLine);
  for (const RecordedSample& sample : window.samples) {
    append_sample(text, rule.record, sample.labels, sample.value);
  }
  text.shrink_to_fit();
  auto published = std::make_shared<PublishedWindow>();
  published->lines = make_piece(std::move(text), Compression::small);
  published->series = window.samples.size();
  published->slot = window.window.end;
  published->expires = window.window.end + group.query_offset + group.stale_after;
  return published;
}

}  // namespace

std::shared_ptr<const PublishedWindows> next_windows(const PublishedWindows* before,
                                                     const Snapshot& snapshot) {
  const Group& group = *snapshot.group;
  assert(snapshot.windows.size() == group.rules.size());
  auto published = before ? std::make_shared<PublishedWindows>(*before)
                          : std::make_shared<PublishedWindows>(group.rules.size());
  for (std::size_t i = 0; i < group.rules.size(); ++i) {
    if (snapshot.windows[i]) {
      (*published)[i] = make_published(group, group.rules[i], *snapshot.windows[i]);
    } else if ((*published)[i] && (*published)[i]->slot > snapshot.slot) {
      (*published)[i].reset();  // of a clock that was ahead
    }
  }
  return published;
}

}  // namespace downsampled
