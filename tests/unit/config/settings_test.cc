// Every setting from both places it can come from. The table is walked: a setting that is missing
// here fails.
#include "config/settings.h"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/setting_table.h"
#include "unit/config/parse_with.h"
#include "unit/config/temporary_folder.h"

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
  return {
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
      {"QUERY_TIMEOUT", {"3s", [](S s) { return s.query_timeout == 3s; }}},
      {"QUERY_CONNECT_TIMEOUT", {"250ms", [](S s) { return s.connect_timeout == 250ms; }}},
      {"QUERY_CONCURRENCY", {"256", [](S s) { return s.query_concurrency == 256; }}},
      {"QUERY_MAX_REPLY_BYTES", {"10MB", [](S s) { return s.max_reply_bytes == 10'000'000; }}},
      {"QUERY_MAX_SERIES_BYTES", {"64 KiB", [](S s) { return s.max_series_bytes == 65536; }}},
      {"QUERY_MAX_POINTS", {"500", [](S s) { return s.max_points == 500; }}},
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
  CHECK(settings.query_timeout == 2min);
  CHECK(settings.connect_timeout == 10s);
  CHECK(settings.query_concurrency == 4);
  CHECK(settings.max_reply_bytes == std::size_t{4} << 30);
  CHECK(settings.max_series_bytes == std::size_t{64} << 20);
  CHECK(settings.max_points == 11000);
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

TEST_CASE("once takes a time, check takes files") {
  CHECK(parse_with({"once", "--time", "2026-01-02T03:04:05Z"}, {}).time == Timestamp(1767323045s));
  CHECK(parse_with({"once", "--time=1767323045"}, {}).time == Timestamp(1767323045s));
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
  CHECK(parse_with({"once", "--help"}, {}).printout.value().find("--time") != std::string::npos);
}
