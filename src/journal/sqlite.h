// The doorway to SQLite (https://www.sqlite.org/c3ref/intro.html): a connection and its prepared
// statements, errors as Error{damaged} where the file is not what was written, Error{io} for the
// rest. One thread at a time, but for interrupt().
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace downsampled {

/// Bytes that are no text.
struct Blob {
  std::string_view bytes;
};

/// A prepared statement in use; gives it back, reset, at its end.
class Query {
 public:
  explicit Query(sqlite3_stmt* statement) : statement_(statement) {}
  Query(Query&& other) noexcept
      : statement_(std::exchange(other.statement_, nullptr)), bound_(other.bound_) {}
  Query& operator=(const Query&) = delete;
  ~Query();

  /// The next parameter. The bytes must live as long as the query.
  Query& bind(std::int64_t value);
  Query& bind(Duration value) { return bind(static_cast<std::int64_t>(value.count())); }
  Query& bind(Timestamp value) { return bind(value.time_since_epoch()); }
  Query& bind(std::string_view text);
  Query& bind(Blob blob);

  /// Steps on; whether there is a row.
  bool next();

  bool null(int column) const;
  std::int64_t integer(int column) const;
  Duration duration(int column) const { return Duration(integer(column)); }
  Timestamp time(int column) const { return Timestamp(duration(column)); }
  /// Text or blob; valid until the next step.
  std::string_view bytes(int column) const;
  /// A number too, in decimal.
  std::string_view as_text(int column) const;

 private:
  void check(int code) const;

  sqlite3_stmt* statement_;
  int bound_ = 0;
};

enum class Access {
  write,  ///< makes the file where there is none; does not read it yet
  read,   ///< changes nothing, neither in the file nor beside it where nobody else has it open
};

class Database {
 public:
  /// Opens the file; `:memory:` for none. Error{io} of one that must not be read says who can.
  explicit Database(const std::string& file, Access access = Access::write);

  /// How long to wait for another process that holds the write lock; at first not at all.
  void wait_for_others(Duration patience) {
    patience_ = patience;
    sqlite3_busy_timeout(connection_.get(), static_cast<int>(patience.count()));
  }

  const std::string& file() const { return file_; }

  /// A query with its parameters in order. `sql` must be a literal: it is prepared once.
  template <typename... Parameters>
  Query query(const char* sql, const Parameters&... parameters) {
    Query made(prepared(sql));
    (made.bind(parameters), ...);
    return made;
  }

  /// Runs it to its end; the number of rows that it changed.
  template <typename... Parameters>
  std::int64_t run(const char* sql, const Parameters&... parameters) {
    Query made(prepared(sql));
    (made.bind(parameters), ...);
    while (made.next()) continue;
    return sqlite3_changes64(connection_.get());
  }

  /// One number, or none without a row.
  template <typename... Parameters>
  std::optional<std::int64_t> number(const char* sql, const Parameters&... parameters) {
    Query made(prepared(sql));
    (made.bind(parameters), ...);
    return made.next() ? std::optional(made.integer(0)) : std::nullopt;
  }

  /// Instead of a rollback journal. Connections that do so at once are not made to wait for each
  /// other by SQLite: that one of them is busy is waited for here, as wait_for_others() says.
  void use_write_ahead_log();

  /// Several statements, not kept.
  void script(const std::string& sql);

  /// Throws Error{io} where another process has begun to write what is only read here: nothing
  /// keeps it from that, and what was read may be half of the one and half of the other.
  void require_undisturbed() const;

  /// Ends what is running with Error{canceled}. For any thread.
  void interrupt() noexcept { sqlite3_interrupt(connection_.get()); }

  std::int64_t last_row() const { return sqlite3_last_insert_rowid(connection_.get()); }
  void roll_back() noexcept;
  /// Of a file that was attached. One that stays attached makes the next ATTACH fail.
  void detach_disk() noexcept;
  bool in_transaction() const { return sqlite3_get_autocommit(connection_.get()) == 0; }

 private:
  void require_readable();
  sqlite3_stmt* prepared(const char* sql);

  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  const std::string file_;
  const bool alone_;  // nobody else had it open, and nobody was kept from opening it
  std::unique_ptr<sqlite3, Close> connection_;
  Duration patience_{};
  std::map<std::string_view, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

/// All or nothing: rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) {
    database_.run("BEGIN IMMEDIATE");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  void commit() { database_.run("COMMIT"); }

 private:
  Database& database_;
};

/// What is read while this lives is of one moment, whatever others write meanwhile.
class ReadTransaction {
 public:
  explicit ReadTransaction(Database& database) : database_(database) { database_.run("BEGIN"); }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;
  ~ReadTransaction() { database_.roll_back(); }

 private:
  Database& database_;
};

}  // namespace downsampled
