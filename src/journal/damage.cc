#include "journal/damage.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/duration.h"
#include "base/log.h"
#include "journal/loss.h"

namespace downsampled {
namespace {

/// `20261121T171500Z`: a name that sorts by time and needs no quotes.
std::string compact(Timestamp time) {
  std::string text = format_timestamp(std::chrono::floor<std::chrono::seconds>(time));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

/// Nothing of that name is there yet.
std::string free_name(const std::string& wanted) {
  std::error_code code;
  std::string name = wanted;
  for (int number = 2; std::filesystem::exists(name, code); ++number) {
    name = fmt::format("{}-{}", wanted, number);
  }
  return name;
}

std::optional<std::string> text_of(std::optional<Timestamp> time) {
  return time ? std::optional(format_timestamp(*time)) : std::nullopt;
}

bool rename_if_there(const std::string& from, const std::string& to) {
  std::error_code code;
  std::filesystem::rename(from, to, code);
  if (!code || code == std::errc::no_such_file_or_directory) return true;
  log::error("a damaged journal cannot be moved aside",
             {{"file", from}, {"to", to}, {"error", code.message()}});
  return false;
}

}  // namespace

bool move_damaged_aside(const std::string& file, const std::string& problem, Timestamp now) {
  std::error_code code;
  const std::uintmax_t size = std::filesystem::file_size(file, code);
  const std::string moved = free_name(fmt::format("{}.corrupt-{}", file, compact(now)));
  const Loss loss = loss_with(file);
  // The log first: beside a file of another name it would be taken for that one's.
  if (!rename_if_there(file + "-wal", moved + "-wal") || !rename_if_there(file, moved))
    return false;
  std::filesystem::remove(file + "-shm", code);
  log::error(
      "the journal is damaged and was moved aside; a new one is begun. Lost to it are the windows "
      "recorded before; those of the last --catch-up.max-age are evaluated again",
      {{"file", file},
       {"moved_to", moved},
       {"bytes", size},
       {"windows", loss.windows},
       {"from", text_of(loss.from)},
       {"to", text_of(loss.to)},
       {"rules", loss.rules},
       {"problem", problem}});
  return true;
}

}  // namespace downsampled
