// Every setting from both places it can come from. The table is walked: a setting that is missing
// here fails.
#include "config/settings.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/command_table.h"
#include "config/setting_table.h"
#include "support/temporary_folder.h"
#include "unit/config/parse_with.h"

using namespace downsampled;
using namespace std::chrono_literals;

namespace {

/// A value that is not the default, and whether it arrived.
struct Example {
  std::string text;
  std::function<bool(const Settings&)> arrived;
};

std::map<std::string, Example> examples(const std::string& file) {
  using S = const Settings&;
  const std::string folder = std::filesystem::path(file).parent_path();
  const std::string config = folder + "/config.yaml";
  std::ofstream(config) << "sources: []\n";
  return {
      {"CONFIG_FILE", {config, [=](S s) { return s.config_file == config; }}},
      {"PROMETHEUS_URL", {"https://h/p/", [](S s) { return s.prometheus_url == "https://h/p"; }}},
      {"PROMETHEUS_USERNAME", {"me", [](S s) { return s.username == "me"; }}},
      {"PROMETHEUS_PASSWORD_FILE", {file, [=](S s) { return s.password_file == file; }}},
      {"PROMETHEUS_SELDON_TOKEN", {"abc", [](S s) { return s.token == "abc"; }}},
      {"PROMETHEUS_SELDON_TOKEN_FILE", {file, [=](S s) { return s.token_file == file; }}},
      {"PROMETHEUS_TLS_CA_FILE", {file, [=](S s) { return s.tls_ca_file == file; }}},
      {"PROMETHEUS_TLS_CERT_FILE", {file, [=](S s) { return s.tls_cert_file == file; }}},
      {"PROMETHEUS_TLS_KEY_FILE", {file, [=](S s) { return s.tls_key_file == file; }}},
      {"PROMETHEUS_TLS_INSECURE_SKIP_VERIFY",
       {"true", [](S s) { return s.tls_insecure_skip_verify; }}},
      {"TIME_PERIOD", {"5m", [](S s) { return s.time_period == 5min; }}},
      {"QUERY_OFFSET", {"0s", [](S s) { return s.query_offset == 0s; }}},
      {"STEP", {"7s", [](S s) { return s.step == 7s; }}},
      {"QUERIES",
       {"a,b*",
        [](S s) {
          return s.rules == std::vector<std::string>{"a", "b*"};
        }}},
      {"STORAGE_PATH", {folder, [=](S s) { return s.storage_path == folder; }}},
      {"STORAGE_RETENTION", {"90d", [](S s) { return s.storage_retention == 90 * 24h; }}},
      {"CATCH_UP_MAX_AGE", {"0s", [](S s) { return s.catch_up_max_age == 0s; }}},
      {"QUERY_TIMEOUT", {"3s", [](S s) { return s.query_timeout == 3s; }}},
      {"QUERY_CONNECT_TIMEOUT", {"250ms", [](S s) { return s.connect_timeout == 250ms; }}},
      {"QUERY_CONCURRENCY", {"256", [](S s) { return s.query_concurrency == 256; }}},
      {"QUERY_MAX_REPLY_BYTES", {"10MB", [](S s) { return s.max_reply_bytes == 10'000'000; }}},
      {"QUERY_MAX_SERIES_BYTES", {"64 KiB", [](S s) { return s.max_series_bytes == 65536; }}},
      {"QUERY_MAX_POINTS", {"500", [](S s) { return s.max_points == 500; }}},
      {"QUERY_TARGET_REPLY_BYTES", {"1MiB", [](S s) { return s.target_reply_bytes == 1 << 20; }}},
      {"ENABLE_LIFECYCLE", {"true", [](S s) { return s.enable_lifecycle; }}},
      {"LISTEN_ADDRESS",
       {"[::1]:0",
        [](S s) {
          return s.listen_address == ListenAddress{"::1", 0};
        }}},
      {"LOG_LEVEL", {"debug", [](S s) { return s.log_level == log::Level::debug; }}},
      {"LOG_FORMAT", {"json", [](S s) { return s.log_format == log::Format::json; }}},
  };
}

/// What a setting needs beside it.
Variables companions(const std::string& variable, const std::string& file) {
  if (variable == "PROMETHEUS_PASSWORD_FILE") return {{"PROMETHEUS_USERNAME", "me"}};
  if (variable == "PROMETHEUS_TLS_CERT_FILE") return {{"PROMETHEUS_TLS_KEY_FILE", file}};
  if (variable == "PROMETHEUS_TLS_KEY_FILE") return {{"PROMETHEUS_TLS_CERT_FILE", file}};
  return {};
}

}  // namespace

TEST_CASE("every setting is taken from its variable and from its flag, and the flag wins") {
  const TemporaryFolder folder;
  const std::string file = folder.write("secret", "x");
  const auto known = examples(file);
  REQUIRE(known.size() == setting_table().size());
  for (const Setting& setting : setting_table()) {
    CAPTURE(setting.variable);
    REQUIRE(known.contains(setting.variable));
    const Example& example = known.at(setting.variable);
    Variables variables = companions(setting.variable, file);
    CHECK_FALSE(example.arrived(parse_with({}, {})));
    variables[setting.variable] = example.text;
    CHECK(example.arrived(parse_with({}, variables)));
    if (setting.flag.empty()) continue;
    variables[setting.variable] = "a bad value that must not be looked at";
    CHECK(example.arrived(parse_with({setting.flag + "=" + example.text}, variables)));
  }
}

TEST_CASE("an empty variable counts as unset") {
  Variables variables;
  for (const Setting& setting : setting_table()) variables[setting.variable] = "";
  const Settings settings = parse_with({}, variables);
  CHECK(settings.time_period == 1h);
  CHECK(settings.prometheus_url == "http://localhost:9090");
  CHECK_FALSE(settings.step.has_value());
}

TEST_CASE("the defaults are those that the documentation promises") {
  const Settings settings = parse_with({}, {});
  CHECK(settings.command == Command::run);
  CHECK_FALSE(settings.printout.has_value());
  CHECK(settings.prometheus_url == "http://localhost:9090");
  CHECK(settings.time_period == 1h);
  CHECK(settings.query_offset == 30s);
  CHECK(settings.rules.empty());
  CHECK(settings.listen_address == ListenAddress{"", 8000});
  CHECK(settings.storage_path.empty());
  CHECK(settings.storage_retention == 32 * 24h);
  CHECK(settings.catch_up_max_age == 24h);
  CHECK(settings.query_timeout == 2min);
  CHECK(settings.connect_timeout == 10s);
  CHECK(settings.query_concurrency == 4);
  CHECK(settings.max_reply_bytes == std::size_t{4} << 30);
  CHECK(settings.max_series_bytes == std::size_t{64} << 20);
  CHECK(settings.max_points == 11000);
  CHECK(settings.target_reply_bytes == 8 << 20);
  CHECK(settings.log_level == log::Level::info);
  CHECK(settings.log_format == log::Format::logfmt);
  CHECK_FALSE(settings.tls_insecure_skip_verify);
}

TEST_CASE("run is the command when none is given, and flags may stand on both sides of one") {
  CHECK(parse_with({"--log.level=debug"}, {}).command == Command::run);
  CHECK(parse_with({"run"}, {}).command == Command::run);
  const Settings once = parse_with({"--step", "5s", "once", "--log.format", "json"}, {});
  CHECK(once.command == Command::once);
  CHECK(once.step == 5s);
  CHECK(once.log_format == log::Format::json);
  CHECK_FALSE(once.time.has_value());
}

TEST_CASE("the journal's directory may be missing yet, and its times may be equal") {
  const TemporaryFolder folder;
  const std::string none = (folder.path() / "not" / "yet").string();
  CHECK(parse_with({"--storage.path", none}, {}).storage_path == none);
  const Settings settings = parse_with({"--storage.retention=1h", "--catch-up.max-age=1h"}, {});
  CHECK(settings.catch_up_max_age == settings.storage_retention);
}

TEST_CASE("backfill takes times and a file, or the journal") {
  const Settings file =
      parse_with({"backfill", "--from=1", "--to=1970-01-01T00:00:02.5Z", "--output", "a.om"}, {});
  CHECK(file.command == Command::backfill);
  CHECK(file.from == Timestamp(1s));
  CHECK(file.to == Timestamp(2500ms));
  CHECK(file.output == "a.om");
  const Settings journal = parse_with({"backfill", "--from=1"}, {{"STORAGE_PATH", "x"}});
  CHECK_FALSE(journal.to.has_value());
  CHECK(journal.output.empty());
}

TEST_CASE("journal has subcommands of its own") {
  const Variables stored = {{"STORAGE_PATH", "x"}};
  CHECK(parse_with({"journal", "status"}, stored).command == Command::journal_status);
  const Settings all = parse_with({"journal", "export", "--rule=a", "--log.level=debug"}, stored);
  CHECK(all.command == Command::journal_export);
  CHECK(all.rule == "a");
  CHECK(all.format == HistoryFormat::csv);
  CHECK_FALSE(all.from.has_value());
  CHECK(all.log_level == log::Level::debug);
  const auto format = [&](const std::string& name) {
    return parse_with({"journal", "export", "--rule=a", "--format", name}, stored).format;
  };
  CHECK(format("csv") == HistoryFormat::csv);
  CHECK(format("json") == HistoryFormat::json);
  CHECK(format("openmetrics") == HistoryFormat::openmetrics);
}

TEST_CASE("whoever asks no source does not mind how it is set") {
  const Variables bad = {{"PROMETHEUS_URL", "gopher://x"},
                         {"PROMETHEUS_SELDON_TOKEN_FILE", "/no/such/file"},
                         {"STORAGE_PATH", "x"}};
  using Arguments = std::vector<std::string>;
  for (const Arguments& arguments :
       {Arguments{"check", "a.yaml"}, Arguments{"probe"}, Arguments{"journal", "status"},
        Arguments{"journal", "export", "--rule=a"}}) {
    CAPTURE(arguments.front());
    CHECK(parse_with(arguments, bad).prometheus_url.empty());
  }
  for (const Arguments& arguments :
       {Arguments{"run"}, Arguments{"once"}, Arguments{"backfill", "--from=1"}}) {
    CHECK_THROWS_WITH_AS(parse_with(arguments, bad), doctest::Contains("PROMETHEUS_URL"), Error);
  }
}

TEST_CASE("once takes a time, check takes files") {
  CHECK(parse_with({"once", "--time", "2026-01-02T03:04:05Z"}, {}).time == Timestamp(1767323045s));
  CHECK(parse_with({"once", "--time=1767323045"}, {}).time == Timestamp(1767323045s));
  for (const std::vector<std::string>& flag :
       {std::vector<std::string>{"--step=5s"}, {"--step", "5s"}}) {
    std::vector<std::string> arguments = {"check"};
    arguments.insert(arguments.end(), flag.begin(), flag.end());
    arguments.push_back("a.yaml");
    CHECK(parse_with(arguments, {}).check_files == std::vector<std::string>{"a.yaml"});
  }
  const Settings check = parse_with({"check", "a.yaml", "b.yaml", "--step=5s"}, {});
  CHECK(check.command == Command::check);
  CHECK(check.check_files == std::vector<std::string>{"a.yaml", "b.yaml"});
  CHECK(check.step == 5s);
}

TEST_CASE("probe takes a URL as it is, or none") {
  const Settings probe = parse_with({"probe", "http://[::1]:8000/-/ready/"}, {});
  CHECK(probe.command == Command::probe);
  CHECK(probe.probe_url == "http://[::1]:8000/-/ready/");
  CHECK_FALSE(parse_with({"probe"}, {}).probe_url.has_value());
}

TEST_CASE("--rules may be repeated, and a switch needs no value") {
  const Settings settings = parse_with(
      {"--rules=a,b", "--rules", "c", "--prometheus.tls-insecure-skip-verify", "run"}, {});
  CHECK(settings.rules == std::vector<std::string>{"a", "b", "c"});
  CHECK(settings.tls_insecure_skip_verify);
}

TEST_CASE("the URL is cut back to the base of the API") {
  const std::map<std::string, std::string> bases = {
      {"http://h:9090", "http://h:9090"},
      {"http://h:9090/", "http://h:9090"},
      {"http://h:9090/api/v1/", "http://h:9090"},
      {"http://h:9090/api/v1", "http://h:9090"},
      {"https://h/select/0/prometheus/", "https://h/select/0/prometheus"},
      {"https://h/select/0/prometheus/api/v1//", "https://h/select/0/prometheus"},
      {"http://[::1]:9090", "http://[::1]:9090"},
      {"http://[::1]/x", "http://[::1]/x"}};
  for (const auto& base : bases) {
    CHECK(parse_with({"--prometheus.url", base.first}, {}).prometheus_url == base.second);
  }
}

TEST_CASE("the listen address is IPv4, IPv6, a name or every address") {
  const auto listen = [](const std::string& text) {
    return parse_with({"--web.listen-address", text}, {}).listen_address;
  };
  CHECK(listen(":9000") == ListenAddress{"", 9000});
  CHECK(listen("0.0.0.0:1") == ListenAddress{"0.0.0.0", 1});
  CHECK(listen("[2001:db8::1]:65535") == ListenAddress{"2001:db8::1", 65535});
  CHECK(listen("localhost:0") == ListenAddress{"localhost", 0});
}

TEST_CASE("help and version are text to print, also for a subcommand") {
  CHECK(parse_with({"--version"}, {}).printout.value().starts_with("downsampled "));
  const std::string help = parse_with({"--help"}, {}).printout.value();
  for (const Setting& setting : setting_table()) {
    CAPTURE(setting.variable);
    CHECK(help.find(setting.flag) != std::string::npos);
    CHECK(help.find(setting.variable) != std::string::npos);
  }
  CHECK(help.find("Examples:") != std::string::npos);
  CHECK(help.find("--write-documentation") == std::string::npos);
  for (const CommandEntry& entry : command_table()) {
    CAPTURE(entry.name);
    std::vector<std::string> arguments = {std::string(entry.word()), "--help"};
    if (!entry.parent().empty()) arguments.insert(arguments.begin(), std::string(entry.parent()));
    const std::string own = parse_with(arguments, {}).printout.value();
    CHECK(own.find(entry.exit_code) != std::string::npos);
    for (const CommandOption& option : entry.options) {
      CHECK(own.find(option.flag) != std::string::npos);
    }
    if (entry.command) continue;
    for (const std::string& word : words_after(entry.name)) {
      CHECK(own.find("\n  " + word + " ") != std::string::npos);
    }
  }
}
