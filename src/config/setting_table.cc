#include "config/setting_table.h"

#include <utility>

#include "base/duration.h"

namespace downsampled {
namespace {

using namespace std::chrono_literals;
using S = Settings;

/// `--query.max-points` -> `QUERY_MAX_POINTS`.
std::string variable_of(std::string_view flag) {
  std::string variable(flag.substr(2));
  for (char& c : variable) {
    c = (c == '.' || c == '-') ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return variable;
}

class Table {
 public:
  /// The settings that follow stand under this heading.
  void section(std::string name) { section_ = std::move(name); }

  void add(std::string flag, std::string standard, Kind kind, std::string help,
           std::string unset = "") {
    settings.push_back({section_, flag, variable_of(flag), std::move(standard), std::move(unset),
                        false, std::move(kind), std::move(help)});
  }

  /// The setting before has another variable than its flag says.
  void from(std::string variable) { settings.back().variable = std::move(variable); }
  void repeatable() { settings.back().repeatable = true; }
  void never_a_flag() { settings.back().flag.clear(); }

  std::vector<Setting> settings;

 private:
  std::string section_;
};

void add_config_file(Table& table) {
  table.section("Configuration file");
  table.add("--config.file", "", file_kind(&S::config_file),
            "YAML file for what a variable cannot hold: several sources, with headers, parameters, "
            "proxies and more. See docs/config-file.md.",
            "no file; the source of the settings below");
}

void add_source(Table& table) {
  table.section(std::string(kSourceSection));
  table.add("--prometheus.url", "http://localhost:9090", url_kind(&S::prometheus_url),
            "The Prometheus-compatible server to ask. May have a path prefix; /api/v1 at the end "
            "is the same as none.");
  table.add("--prometheus.username", "", username_kind(&S::username),
            "User name for basic authentication.", "no basic authentication");
  table.add("--prometheus.password-file", "", file_kind(&S::password_file),
            "File with the password of that user; read again when it changes.", "empty password");
  table.add("--prometheus.token", "", token_kind(&S::token),
            "Bearer token. Never a flag, because every user of the machine can read those.",
            "no token");
  table.from("PROMETHEUS_SELDON_TOKEN");
  table.never_a_flag();
  table.add("--prometheus.token-file", "", file_kind(&S::token_file),
            "File with the bearer token; read again when it changes.", "no token");
  table.from("PROMETHEUS_SELDON_TOKEN_FILE");
  table.add("--prometheus.tls-ca-file", "", file_kind(&S::tls_ca_file),
            "Certificates (PEM) that the server's is checked against.", "the system's");
  table.add("--prometheus.tls-cert-file", "", file_kind(&S::tls_cert_file),
            "Client certificate (PEM), together with its key.", "no client certificate");
  table.add("--prometheus.tls-key-file", "", file_kind(&S::tls_key_file),
            "Key of the client certificate (PEM).", "no client certificate");
  table.add("--prometheus.tls-insecure-skip-verify", "false",
            switch_kind(&S::tls_insecure_skip_verify),
            "Accept any certificate. Whoever answers can then read the token.");
}

void add_windows(Table& table) {
  table.section("Windows and rules");
  table.add("--time-period", "1h", duration_kind(&S::time_period, kOverZero),
            "The interval of groups that name none, and the window of their rules that name none "
            "either.");
  table.add("--query-offset", "30s", duration_kind(&S::query_offset, 0ms),
            "How long after its end a window is evaluated: what was scraped in it must have "
            "arrived. A group's query_offset wins.");
  table.add("--step", "", duration_kind(&S::step, kOverZero),
            "Distance of the points that a window is made of. A group's step wins.",
            "computed for each group: at most 15s, and divides its windows");
  table.add("--rules", "", globs_kind(&S::rules), "Rule files: globs, comma separated or repeated.",
            "the rules that the daemon ships with");
  table.from("QUERIES");
  table.repeatable();
}

void add_journal(Table& table) {
  table.section("Journal and catch-up");
  table.add("--storage.path", "", directory_kind(&S::storage_path),
            "Directory of the journal, which keeps what was recorded. Made when missing.",
            "in memory, and lost at the end");
  table.add("--storage.retention", "32d", duration_kind(&S::storage_retention, kOverZero),
            "How long the journal keeps recorded windows. Panes stay as long as they are needed.");
  table.add("--catch-up.max-age", "24h", duration_kind(&S::catch_up_max_age, 0ms),
            "How old a missed window may be to be evaluated still, at most --storage.retention. "
            "What is older is lost; 0s switches catch-up off.");
}

void add_limits(Table& table) {
  table.section("Queries");
  table.add("--query.timeout", "2m", duration_kind(&S::query_timeout, kOverZero),
            "Longest time for one query, its reply included.");
  table.add("--query.connect-timeout", "10s", duration_kind(&S::connect_timeout, kOverZero),
            "Longest time to connect, TLS included.");
  table.add("--query.concurrency", "4", whole_number_kind(&S::query_concurrency, 1, 256),
            "Queries that a source is asked at once.");
  table.add("--query.max-reply-bytes", "4GiB", bytes_kind(&S::max_reply_bytes),
            "Longest reply that is read, unpacked.");
  table.add(
      "--query.max-series-bytes", "64MiB", bytes_kind(&S::max_series_bytes),
      "Longest single series in a reply, as JSON. Memory follows this, and the number of series.");
  table.add("--query.max-points", "11000", whole_number_kind(&S::max_points, 1, 1'000'000),
            "Points a series that one query may ask for. Prometheus refuses more than 11000.");
  table.add("--query.target-reply-bytes", "8MiB", bytes_kind(&S::target_reply_bytes),
            "Queries are cut so that no reply is expected to be longer, unpacked, by what came "
            "before.");
}

void add_process(Table& table) {
  table.section("Web and logs");
  table.add("--web.listen-address", ":8000", address_kind(&S::listen_address),
            "Where /metrics is served. Without a host: every address, IPv4 and IPv6.");
  table.from("LISTEN_ADDRESS");
  table.add("--web.enable-lifecycle", "false", switch_kind(&S::enable_lifecycle),
            "POST /-/reload reads rule files and --config.file again, as SIGHUP does. Whoever "
            "reaches the port may do so then.");
  table.from("ENABLE_LIFECYCLE");
  table.add("--log.level", "info", log_level_kind(&S::log_level), "Least level that is logged.");
  table.add("--log.format", "logfmt", log_format_kind(&S::log_format), "How logs are written.");
}

}  // namespace

const std::vector<Setting>& setting_table() {
  static const std::vector<Setting> settings = [] {
    Table table;
    add_config_file(table);
    add_source(table);
    add_windows(table);
    add_journal(table);
    add_limits(table);
    add_process(table);
    return std::move(table.settings);
  }();
  return settings;
}

}  // namespace downsampled
