#include "journal/loss.h"

#include <sqlite3.h>

#include <memory>

#include "journal/read_only.h"

namespace downsampled {
namespace {

struct Close {
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};

/// Not through Database: its errors are ours to tell, these are those of what is damaged anyway.
class Remains {
 public:
  explicit Remains(const std::string& file) {
    sqlite3* connection = nullptr;
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
    sqlite3_open_v2(read_only_name(file, !has_log(file)).c_str(), &connection, flags, nullptr);
    connection_.reset(connection);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }

  std::optional<std::int64_t> number(const char* sql) const {
    sqlite3_stmt* statement = nullptr;
    std::optional<std::int64_t> found;
    if (sqlite3_prepare_v2(connection_.get(), sql, -1, &statement, nullptr) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
      found = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return found;
  }

  std::optional<Timestamp> time(const char* sql) const {
    const auto found = number(sql);
    return found ? std::optional(Timestamp(Duration(*found))) : std::nullopt;
  }

 private:
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace

Loss loss_with(const std::string& file) {
  const Remains remains(file);
  Loss loss;
  loss.windows = remains.number("SELECT count(end) FROM window");
  loss.from = remains.time("SELECT end FROM window ORDER BY end LIMIT 1");
  loss.to = remains.time("SELECT end FROM window ORDER BY end DESC LIMIT 1");
  loss.rules = remains.number("SELECT count(*) FROM rule");
  return loss;
}

}  // namespace downsampled
