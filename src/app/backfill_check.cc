#include "app/backfill_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/duration.h"
#include "base/error.h"
#include "model/window.h"
#include "schedule/timetable.h"

namespace downsampled {
namespace {

void refuse(bool wrong, const std::string& message) {
  if (wrong) throw Error(Reason::config, message);
}

}  // namespace

Timestamp last_to_backfill(const Settings& settings, const Group& group, Timestamp now) {
  const Timestamp complete = last_complete_slot(group, now);
  if (!settings.to) return complete;
  return std::min(complete, align_down(*settings.to, group.interval, group.eval_offset));
}

std::string output_file(const std::string& output) {
  namespace fs = std::filesystem;
  std::error_code code;
  const fs::file_status status = fs::status(output, code);
  const bool link = fs::is_symlink(output, code);
  refuse(link && !fs::exists(status),
         fmt::format("--output: {} is a symbolic link that leads nowhere; want a file", output));
  refuse(fs::exists(status) && !fs::is_regular_file(status),
         fmt::format("--output: {} is {}; want a file", output,
                     fs::is_directory(status) ? "a directory" : "no regular file"));
  return link ? fs::canonical(output, code).string() : output;
}

void check_backfill(const Settings& settings, const Groups& groups, Timestamp now) {
  refuse(settings.to && *settings.to > now,
         fmt::format("--to: {} is in the future; want a time that has come",
                     settings.to ? format_timestamp(*settings.to) : ""));
  refuse(
      settings.output.empty() && *settings.from < now - settings.storage_retention,
      fmt::format("--from: {} is longer ago than --storage.retention (STORAGE_RETENTION) keeps "
                  "windows, {}; want a later time, --output FILE, or a longer retention, the "
                  "daemon's too",
                  format_timestamp(*settings.from), format_duration(settings.storage_retention)));
  if (!settings.output.empty()) output_file(settings.output);
  const bool any = std::ranges::any_of(groups, [&](const auto& group) {
    return last_to_backfill(settings, *group, now) > *settings.from;
  });
  refuse(!any, fmt::format("--from, --to: no window of a rule ends after {} and not after {}, and "
                           "is complete; want a longer time",
                           format_timestamp(*settings.from),
                           format_timestamp(settings.to.value_or(now))));
}

}  // namespace downsampled
