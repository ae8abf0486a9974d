#include "journal/sqlite.h"

#include <fmt/format.h>

#include <string>
#include <system_error>

#include "base/error.h"
#include "journal/read_only.h"

namespace downsampled {
namespace {

constexpr int kPrimaryCode = 0xff;

/// Besides what SQLite calls so: our statements and rows go with our schema, unless it was changed.
bool means_damage(int code) {
  const int primary = code & kPrimaryCode;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_CONSTRAINT ||
         primary == SQLITE_MISMATCH;
}

/// What the system said of the file, where SQLite asked it; SQLite keeps it for longer.
std::string system_error(sqlite3* connection, int code) {
  const int primary = code & kPrimaryCode;
  const bool asked = primary == SQLITE_CANTOPEN || primary == SQLITE_IOERR;
  const int number = asked && connection ? sqlite3_system_errno(connection) : 0;
  return number == 0 ? "" : ": " + std::generic_category().message(number);
}

/// `file` is known where SQLite may not know it: after it could not open it.
[[noreturn]] void fail(sqlite3* connection, int code, bool damaged, const char* file) {
  const bool canceled = (code & kPrimaryCode) == SQLITE_INTERRUPT;
  throw Error(
      damaged    ? Reason::damaged
      : canceled ? Reason::canceled
                 : Reason::io,
      fmt::format("{}: {}{} (SQLite's error {})", file && *file ? file : "journal in memory",
                  connection ? sqlite3_errmsg(connection) : sqlite3_errstr(code),
                  system_error(connection, code), code));
}

[[noreturn]] void fail(sqlite3* connection, int code) {
  fail(connection, code, means_damage(code), sqlite3_db_filename(connection, "main"));
}

}  // namespace

Query::~Query() {
  if (!statement_) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Query::check(int code) const {
  if (code != SQLITE_OK) fail(sqlite3_db_handle(statement_), code);
}

Query& Query::bind(std::int64_t value) {
  check(sqlite3_bind_int64(statement_, ++bound_, value));
  return *this;
}

Query& Query::bind(std::string_view text) {
  check(sqlite3_bind_text64(statement_, ++bound_, text.data() ? text.data() : "", text.size(),
                            SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Query& Query::bind(Blob blob) {
  check(sqlite3_bind_blob64(statement_, ++bound_, blob.bytes.data() ? blob.bytes.data() : "",
                            blob.bytes.size(), SQLITE_STATIC));
  return *this;
}

bool Query::next() {
  const int code = sqlite3_step(statement_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(sqlite3_db_handle(statement_), code);
  return code == SQLITE_ROW;
}

bool Query::null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Query::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Query::as_text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return {text ? text : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Database::Database(const std::string& file, Access access)
    : file_(file), alone_(access == Access::read && !has_log(file)) {
  sqlite3* connection = nullptr;
  const bool read = access == Access::read;
  const int flags = SQLITE_OPEN_NOMUTEX | (read ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
                                                : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const std::string name = read ? read_only_name(file, alone_) : file;
  const int code = sqlite3_open_v2(name.c_str(), &connection, flags, nullptr);
  connection_.reset(connection);
  if (code != SQLITE_OK) fail(connection, code, means_damage(code), file.c_str());
  sqlite3_extended_result_codes(connection, 1);
  if (read) require_readable();
}

/// A log that nobody has open is read by an index beside it, which SQLite makes.
void Database::require_readable() {
  sqlite3* const connection = connection_.get();
  sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  const int code =
      sqlite3_exec(connection, "SELECT count(*) FROM sqlite_master", nullptr, nullptr, nullptr);
  const int primary = code & kPrimaryCode;
  if (primary != SQLITE_READONLY && primary != SQLITE_CANTOPEN) return;
  throw Error(Reason::io,
              fmt::format("{}: {} (SQLite's error {}): its write-ahead log can be read only by who "
                          "may write to its folder; run this as the user of the daemon or as root, "
                          "while the daemon runs, or on a copy of the folder",
                          file_, sqlite3_errmsg(connection), code));
}

void Database::require_undisturbed() const {
  if (!alone_ || !has_log(file_)) return;
  throw Error(
      Reason::io,
      fmt::format("{}: another process began to write while it was read; run this again", file_));
}

sqlite3_stmt* Database::prepared(const char* sql) {
  auto& kept = statements_[sql];
  if (!kept) {
    sqlite3_stmt* made = nullptr;
    const int code =
        sqlite3_prepare_v3(connection_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    // The statement is right: what it is about is not there.
    if (code == SQLITE_ERROR) fail(connection_.get(), code, true, file_.c_str());
    if (code != SQLITE_OK) fail(connection_.get(), code);
    kept.reset(made);
  }
  return kept.get();
}

void Database::script(const std::string& sql) {
  const int code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(connection_.get(), code);
}

void Database::use_write_ahead_log() {
  constexpr int kPause = 10;  // milliseconds
  int waited = 0;
  int code = SQLITE_OK;
  const auto is_busy = [&] {
    code = sqlite3_exec(connection_.get(), "PRAGMA journal_mode = wal", nullptr, nullptr, nullptr);
    return (code & kPrimaryCode) == SQLITE_BUSY;
  };
  while (is_busy() && waited < patience_.count()) waited += sqlite3_sleep(kPause);
  if (code != SQLITE_OK) fail(connection_.get(), code);
}

void Database::roll_back() noexcept {
  if (in_transaction()) {
    sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

void Database::detach_disk() noexcept {
  sqlite3_exec(connection_.get(), "DETACH disk", nullptr, nullptr, nullptr);
}

// After some errors SQLite has rolled back by itself; where ROLLBACK fails as well, the error that
// brought us here is the one to tell, and the file is rolled back when it is opened next.
Transaction::~Transaction() { database_.roll_back(); }

}  // namespace downsampled
