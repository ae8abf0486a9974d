// Everything an operator can set, from flags and environment variables, checked and complete; what
// a command does not look at (the source, for `check` and the like) is left empty.
// Plain data, never changed after parse_settings(). Rule files are read by rule_file.h.
// What there is to set is declared once, in setting_table.cc: flags, --help and
// docs/configuration.md are made from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "config/source_settings.h"
#include "model/history_format.h"

namespace downsampled {

enum class Command { run, once, check, probe, backfill, journal_status, journal_export };

/// Where the exporter listens. An empty host is every address, IPv4 and IPv6.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;  ///< 0: any free port

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

struct Settings {
  Command command = Command::run;
  /// Set for --help, --version and the like: to be printed instead of doing anything.
  std::optional<std::string> printout;
  std::optional<Timestamp> time;         ///< of `once`
  std::vector<std::string> check_files;  ///< of `check`
  std::optional<std::string> probe_url;  ///< of `probe`; empty: the daemon with these settings
  /// Of `backfill` (which always has `from`) and `journal export`: windows that end in (from, to].
  std::optional<Timestamp> from, to;
  std::string output;                         ///< of `backfill`: a file; empty: the journal
  std::string rule;                           ///< of `journal export`: what the rules record
  HistoryFormat format = HistoryFormat::csv;  ///< of `journal export`

  std::string config_file;  ///< empty: none
  /// What read_sources() makes of the rest; none for commands that look at no rules.
  std::vector<SourceSettings> sources;

  std::string given_for_default;  ///< one of the settings below that was given, by its name
  std::string prometheus_url;     ///< up to and without `/api/v1` and a trailing slash
  std::string username;
  std::string password_file;
  std::string token;  ///< a secret: never printed
  std::string token_file;
  std::string tls_ca_file;
  std::string tls_cert_file;
  std::string tls_key_file;
  bool tls_insecure_skip_verify = false;

  Duration time_period{};
  Duration query_offset{};
  std::optional<Duration> step;    ///< empty: computed for each group
  std::vector<std::string> rules;  ///< globs; empty: the shipped ones

  std::string storage_path;  ///< a directory, there or not; empty: in memory
  Duration storage_retention{};
  Duration catch_up_max_age{};  ///< at most the retention; 0: no catch-up

  ListenAddress listen_address;
  bool enable_lifecycle = false;  ///< POST /-/reload

  Duration query_timeout{};
  Duration connect_timeout{};
  std::size_t query_concurrency = 0;
  std::size_t max_reply_bytes = 0;
  std::size_t max_series_bytes = 0;
  std::size_t max_points = 0;
  std::size_t target_reply_bytes = 0;

  log::Level log_level = log::Level::info;
  log::Format log_format = log::Format::logfmt;
};

/// The value of an environment variable; empty when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& variable)>;

/// The process's own environment.
std::optional<std::string> process_environment(const std::string& variable);

/// Reads command line and environment. A flag beats its variable, an empty variable is none.
/// Throws Error{config} whose message names the flag or variable, and never holds a secret.
Settings parse_settings(int argc, const char* const* argv, const Environment& environment);

}  // namespace downsampled
