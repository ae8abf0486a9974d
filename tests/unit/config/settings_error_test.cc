// What is refused, and that the message names where it came from and never holds a secret.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "support/temporary_folder.h"
#include "unit/config/parse_with.h"

using namespace downsampled;

namespace {

std::string refusal(const std::vector<std::string>& arguments, const Variables& variables = {}) {
  try {
    parse_with(arguments, variables);
  } catch (const Error& error) {
    CHECK(error.reason() == Reason::config);
    return error.message();
  }
  return "was not refused";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a bad value is said with its flag or its variable, whichever it came from") {
  CHECK(refusal({"--time-period=1 hour"}) ==
        "--time-period: \"1 hour\" is not a duration over 0, such as 90s or 1h30m");
  CHECK(refusal({}, {{"TIME_PERIOD", "1 hour"}}) ==
        "TIME_PERIOD: \"1 hour\" is not a duration over 0, such as 90s or 1h30m");
}

TEST_CASE("values out of bounds are refused") {
  for (const std::string argument : {"--time-period=0s",
                                     "--time-period=-1h",
                                     "--query-offset=-1s",
                                     "--step=0",
                                     "--step=15",
                                     "--storage.path=/dev/null",
                                     "--storage.retention=0s",
                                     "--storage.retention=forever",
                                     "--catch-up.max-age=-1s",
                                     "--catch-up.max-age=1",
                                     "--query.timeout=0s",
                                     "--query.connect-timeout=0s",
                                     "--query.concurrency=0",
                                     "--query.concurrency=257",
                                     "--query.concurrency=four",
                                     "--query.concurrency=4.0",
                                     "--query.max-reply-bytes=0",
                                     "--query.max-reply-bytes=4G",
                                     "--query.max-reply-bytes=GiB",
                                     "--query.max-reply-bytes=99999999999GiB",
                                     "--query.max-series-bytes=-1",
                                     "--query.max-series-bytes=1.5MiB",
                                     "--query.max-points=0",
                                     "--query.max-points=1000001",
                                     "--log.level=trace",
                                     "--log.level=INFO",
                                     "--log.format=xml",
                                     "--prometheus.tls-insecure-skip-verify=maybe",
                                     "--prometheus.username=a:b",
                                     "--rules=a,,b",
                                     "--rules=,"}) {
    CAPTURE(argument);
    const std::string text(argument);
    const std::string flag = text.substr(0, text.find('='));
    CHECK(refusal({text}).starts_with(flag + ": \"" + text.substr(text.find('=') + 1) +
                                      "\" is not "));
  }
}

TEST_CASE("what a probe cannot ask is refused, and no password is shown") {
  for (const std::string url : {"", "localhost:8000", "ftp://x", "http://", "http://x:y/",
                                "http://a:secret@x/", "http://x/?secret=1"}) {
    CAPTURE(url);
    const std::string message = refusal({"probe", url});
    CHECK(message.starts_with("probe: \""));
    CHECK_FALSE(contains(message, "secret"));
  }
  CHECK(contains(refusal({"probe", "http://a", "http://b"}), "no such flag or subcommand"));
}

TEST_CASE("listen addresses that cannot be are refused") {
  for (const std::string address : {"8000", "localhost", "::1:8000", "[::1]", "[]:80", ":65536",
                                    ":-1", ":http", "[::1:80", "a b:80", ":"}) {
    CAPTURE(address);
    CHECK(contains(refusal({}, {{"LISTEN_ADDRESS", address}}), "is not an address such as :8000"));
  }
}

TEST_CASE("URLs that cannot be are refused") {
  for (const std::string url :
       {"localhost:9090", "ftp://h", "http://", "http:///x", "http://:9090", "http://h:x",
        "http://h:99999", "http://[::1", "http://[]:80", "http://h /x", "http://h\n", "//h"}) {
    CAPTURE(url);
    CHECK(refusal({}, {{"PROMETHEUS_URL", url}}).starts_with("PROMETHEUS_URL: "));
  }
  CHECK(contains(refusal({"--prometheus.url=localhost:9090"}), "starts with http:// or https://"));
}

TEST_CASE("credentials in the URL are refused without being shown") {
  for (const std::string url :
       {"http://user:hunter2@h", "https://hunter2@h/x", "http://user:hun/ter2@h:1",
        "http://user:p?hunter2@h", "http://user:p#hunter2@h?hunter2", "http://a@hunter2@h"}) {
    CAPTURE(url);
    const std::string message = refusal({"--prometheus.url", url});
    CHECK(contains(message, "--prometheus.username and --prometheus.password-file"));
    CHECK_FALSE(contains(message, "hunter2"));
    CHECK_FALSE(contains(message, "ter2"));
  }
  const std::string query = refusal({"--prometheus.url=http://h/x?token=hunter2"});
  CHECK(contains(query, "\"http://h/x\" holds a query or a fragment"));
  CHECK_FALSE(contains(query, "hunter2"));
}

TEST_CASE("tokens are never shown, and never flags") {
  const std::string bad = refusal({}, {{"PROMETHEUS_SELDON_TOKEN", "hunter2\nX-Evil: 1"}});
  CHECK(contains(bad, "PROMETHEUS_SELDON_TOKEN: the token holds"));
  CHECK_FALSE(contains(bad, "hunter2"));
  const std::string flag = refusal({"--prometheus.token=hunter2"});
  CHECK(flag == "--prometheus.token: a secret is never a flag; give --prometheus.token-file");
  CHECK_FALSE(contains(refusal({"--prometheus.tokne=hunter2"}), "hunter2"));
}

TEST_CASE("settings that exclude or need each other are named") {
  const TemporaryFolder folder;
  const std::string file = folder.write("secret", "x");
  CHECK(contains(refusal({"--prometheus.token-file", file}, {{"PROMETHEUS_SELDON_TOKEN", "x"}}),
                 "PROMETHEUS_SELDON_TOKEN and --prometheus.token-file"));
  CHECK(contains(refusal({"--prometheus.username=me"}, {{"PROMETHEUS_SELDON_TOKEN", "x"}}),
                 "--prometheus.username and a bearer token"));
  CHECK(contains(refusal({"--prometheus.username=me", "--prometheus.token-file", file}),
                 "--prometheus.username and a bearer token"));
  CHECK(contains(refusal({"--prometheus.password-file", file}), "without --prometheus.username"));
  CHECK(refusal({"--catch-up.max-age=12h1s"}, {{"STORAGE_RETENTION", "12h"}}) ==
        "--catch-up.max-age (CATCH_UP_MAX_AGE) 12h1s is longer than --storage.retention "
        "(STORAGE_RETENTION) 12h; want at most that");
  for (const std::string flag : {"--prometheus.tls-cert-file", "--prometheus.tls-key-file"}) {
    CHECK(contains(refusal({flag, file}),
                   "--prometheus.tls-cert-file and --prometheus.tls-key-file go together"));
  }
}

TEST_CASE("files must be there when the daemon starts") {
  const TemporaryFolder folder;
  const std::string empty = folder.write("empty", "");
  const std::string none = (folder.path() / "none").string();
  for (const std::string& file : {empty, none, folder.path().string()}) {
    for (const std::string flag :
         {"--prometheus.password-file", "--prometheus.token-file", "--prometheus.tls-ca-file",
          "--prometheus.tls-cert-file", "--prometheus.tls-key-file"}) {
      CHECK(
          contains(refusal({flag, file}), std::string(flag) + ": \"" + file + "\" is not a file"));
    }
  }
}

TEST_CASE("unknown flags and words say what was meant") {
  CHECK(contains(refusal({"--setp=1s"}),
                 "--setp: no such flag or subcommand (did you mean "
                 "\"--step\"?)"));
  CHECK(contains(refusal({"onec"}), "(did you mean \"once\"?)"));
  CHECK(contains(refusal({"once", "--tmie=1"}), "(did you mean \"--time\"?)"));
  CHECK_FALSE(contains(refusal({"run", "--tmie=1"}), "--time"));
  CHECK(contains(refusal({"journal", "exprot"}), "(did you mean \"export\"?)"));
  CHECK(contains(refusal({"completely-else"}), "completely-else: no such flag or subcommand; see"));
}

TEST_CASE("a value that is missing, empty or given twice is refused") {
  CHECK(refusal({"--step=", "run"}) == "--step: the value is empty");
  CHECK(refusal({"--step", "", "run"}) == "--step: the value is empty");
  CHECK(contains(refusal({"--step"}), "--step"));
  CHECK(refusal({"--step=1s", "--step=2s"}) == "--step: given 2 times; give it once");
  CHECK(contains(refusal({"once", "--time"}), "--time"));
}

TEST_CASE("an option of another subcommand is refused by where it belongs") {
  const std::string time = "--time: is an option of once only, and stands after it";
  CHECK(refusal({"run", "--time=1"}) == time);
  CHECK(refusal({"--time", "1", "once"}) == time);
  CHECK(refusal({"journal", "export", "--time=1"}) == time);
  const std::string from =
      "--from: is an option of backfill and journal export only, and stands after one of them";
  CHECK(refusal({"--from=1"}) == from);
  CHECK(refusal({"once", "--from", "1"}) == from);
  CHECK(refusal({"journal", "status", "--from", "1"}) == from);
}

TEST_CASE("subcommands that cannot stand there are refused") {
  CHECK(refusal({"journal"}) ==
        "journal: want downsampled journal status or downsampled journal export");
  CHECK(refusal({"export", "--rule=a"}) == "export: want downsampled journal export");
  CHECK(refusal({"once", "check"}) == "check: cannot stand after once, which is the subcommand");
  CHECK(contains(refusal({"journal", "status", "export"}), "cannot stand after journal status"));
}

TEST_CASE("backfill and journal say what they miss") {
  const Variables stored = {{"STORAGE_PATH", "x"}};
  CHECK(refusal({"backfill"}, stored).starts_with("--from: not given; want a time such as"));
  CHECK(contains(refusal({"backfill", "--from=1"}),
                 "want --output FILE, or a journal in "
                 "--storage.path (STORAGE_PATH)"));
  for (const std::string to : {"1", "0.999"}) {
    CHECK(
        contains(refusal({"backfill", "--from=1", "--to=" + to}, stored), "--from is not before"));
  }
  CHECK(contains(refusal({"backfill", "--from=noon"}, stored), "--from: \"noon\" is not a time"));
  CHECK(contains(refusal({"backfill", "--from=1", "--to=noon"}, stored),
                 "--to: \"noon\" is not a time"));
  CHECK(contains(refusal({"journal", "status"}), "want its directory in --storage.path"));
  CHECK(contains(refusal({"journal", "export", "--rule=a"}), "(STORAGE_PATH)"));
  CHECK(contains(refusal({"journal", "export"}, stored), "--rule: not given"));
  CHECK(contains(refusal({"journal", "export", "--rule=a", "--format=xml"}, stored),
                 "--format: \"xml\" is not one of csv, json, openmetrics"));
}

TEST_CASE("once wants a time, check wants files") {
  CHECK(contains(refusal({"once", "--time=yesterday"}), "--time: \"yesterday\" is not a time"));
  CHECK(contains(refusal({"check"}), "check: no rule file given"));
}
