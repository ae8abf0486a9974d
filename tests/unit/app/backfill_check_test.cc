#include "app/backfill_check.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "support/temporary_folder.h"

namespace downsampled {
namespace {

using namespace std::chrono_literals;

const Timestamp kNow{1000h + 10s};

Groups hourly(Duration query_offset) {
  Group group;
  group.interval = 1h;
  group.query_offset = query_offset;
  return {std::make_shared<const Group>(std::move(group))};
}

Settings settings(Timestamp from, std::optional<Timestamp> to = {}) {
  Settings settings;
  settings.from = from;
  settings.to = to;
  settings.output = "x.om";
  settings.storage_retention = 100h;
  return settings;
}

std::string refused(const Settings& settings, Duration query_offset = 0s) {
  try {
    check_backfill(settings, hourly(query_offset), kNow);
  } catch (const Error& error) {
    CHECK(error.reason() == Reason::config);
    return error.message();
  }
  return "";
}

bool starts(const std::string& message, std::string_view with) {
  return message.rfind(with, 0) == 0;
}

TEST_CASE("a span needs one complete window, and must be over") {
  CHECK(refused(settings(kNow - 2h)) == "");
  CHECK(refused(settings(kNow - 2h, kNow)) == "");
  CHECK(starts(refused(settings(kNow - 2h, kNow + 1ms)), "--to: "));
  CHECK(refused(settings(Timestamp(999h), Timestamp(1000h))) == "");
  CHECK(starts(refused(settings(Timestamp(1000h))), "--from, --to: "));
  CHECK(starts(refused(settings(Timestamp(998h + 1s), Timestamp(999h - 1s))), "--from, --to: "));
}

TEST_CASE("a window is complete when its query offset is over") {
  CHECK(refused(settings(Timestamp(999h)), 10s) == "");
  CHECK(starts(refused(settings(Timestamp(999h)), 11s), "--from, --to: "));
}

TEST_CASE("what the journal would not keep is refused, unless it goes to a file") {
  Settings old = settings(kNow - 101h);
  CHECK(refused(old) == "");
  old.output.clear();
  CHECK(starts(refused(old), "--from: "));
  old.from = kNow - 100h;
  CHECK(refused(old) == "");
}

TEST_CASE("a directory is no file, nor a pipe, nor what leads to one or nowhere") {
  const TemporaryFolder folder;
  const std::filesystem::path link = folder.path() / "link";
  const std::filesystem::path pipe = folder.path() / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  Settings wrong = settings(kNow - 2h);
  for (const auto& path : {folder.path(), pipe, folder.path() / "none"}) {
    CAPTURE(path.string());
    wrong.output = path;
    CHECK(starts(refused(wrong), "--output: ") == std::filesystem::exists(path));
    std::filesystem::create_symlink(path, link);
    wrong.output = link;
    CHECK(starts(refused(wrong), "--output: " + link.string()));
    std::filesystem::remove(link);
  }
}

TEST_CASE("of a symbolic link the file is replaced that it leads to") {
  const TemporaryFolder folder;
  const std::string file = folder.write("x.om", "");
  const std::filesystem::path link = folder.path() / "link";
  std::filesystem::create_symlink("x.om", link);
  CHECK(output_file(link) == std::filesystem::canonical(file));
  CHECK(output_file(file) == file);
  CHECK(output_file("none.om") == "none.om");
}

}  // namespace
}  // namespace downsampled
