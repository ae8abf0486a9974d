#include "pipeline/remarks.h"

#include <utility>

#include "base/log.h"

namespace downsampled {
namespace {

// A reply may hold any number.
constexpr std::size_t kMostLines = 10;

}  // namespace

void Remarks::report(const std::string& expr, const ReplySummary& summary) {
  std::vector<std::string> remarks = summary.warnings;
  if (summary.partial) remarks.emplace_back("the answer is partial: some storage did not answer");
  const std::size_t warnings = remarks.size();
  remarks.insert(remarks.end(), summary.infos.begin(), summary.infos.end());
  if (remarks.size() > kMostLines) remarks.resize(kMostLines);
  {
    const auto last = last_.lock();
    if ((*last)[expr] == remarks) return;
    (*last)[expr] = remarks;
  }
  for (std::size_t index = 0; index < remarks.size(); ++index) {
    const auto level = index < warnings ? log::warn : log::info;
    level("the source sent a remark", {{"expr", expr}, {"remark", remarks[index]}});
  }
}

}  // namespace downsampled
