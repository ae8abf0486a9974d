// Walks tests/data/config: every file of bad/ is refused with the message that stands in its first
// line. What comes of the good ones is looked at here.
#include "config/sources.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/http_headers.h"
#include "unit/config/parse_with.h"

using namespace downsampled;
using namespace std::chrono_literals;

namespace {

const std::string kFolder = PROJECT_ROOT "/tests/data/config/";

using Fields = std::vector<std::pair<std::string, std::string>>;

std::vector<SourceSettings> sources_of(const std::string& file, Variables variables = {}) {
  variables["CONFIG_FILE"] = kFolder + "good/" + file;
  return parse_with({}, variables).sources;
}

}  // namespace

TEST_CASE("every bad configuration file is refused as its first line says, without its secrets") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder + "bad")) {
    const std::string file = entry.path().string();
    CAPTURE(file);
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    const std::string mark = "# error: ";
    REQUIRE(line.starts_with(mark));
    const std::string wanted = file + line.substr(mark.size());
    ++files;
    try {
      parse_with({}, {{"CONFIG_FILE", file}, {"PROMETHEUS_URL", "http://localhost:9090"}});
      FAIL_CHECK("was not refused");
    } catch (const Error& error) {
      CHECK(error.reason() == Reason::config);
      CAPTURE(error.message());
      CHECK(error.message().find(wanted) != std::string::npos);
      CHECK(error.message().starts_with(file + ":"));
      CHECK(error.message().find("horse") == std::string::npos);
    }
  }
  CHECK(files >= 40);
}

TEST_CASE("every key of a source arrives") {
  const auto sources = sources_of("all_keys.yaml");
  REQUIRE(names_of(sources) == std::vector<std::string>{"thanos", "mimir", "plain"});
  const SourceSettings& thanos = sources[0];
  CHECK(thanos.url == "https://thanos.example/prefix");
  CHECK(thanos.params == Fields{{"partial_response", "false"},
                                {"replicaLabels[]", "replica"},
                                {"replicaLabels[]", "prometheus"}});
  CHECK(thanos.timeout == 90s);
  CHECK(thanos.concurrency == 8);
  CHECK(thanos.allow_partial);
  CHECK(thanos.retention == std::optional<Duration>(90 * 24h));
  const HttpSettings& http = thanos.http;
  const std::string beside = kFolder + "good/secrets/";
  CHECK(http.headers == Fields{{"THANOS-TENANT", "team-a"}});
  CHECK(http.username == "ann");
  CHECK(http.password_file == beside + "password");
  CHECK(http.tls_ca_file == beside + "token");
  CHECK(http.tls_cert_file == beside + "token");
  CHECK(http.tls_key_file == beside + "token");
  CHECK(http.tls_server_name == "thanos.internal");
  CHECK(http.tls_min_version == "TLS12");
  CHECK(http.tls_max_version == "TLS13");
  CHECK_FALSE(http.tls_insecure_skip_verify);
  CHECK(http.proxy_url == "http://me:horse@proxy:3128");
  CHECK(http.no_proxy == "localhost,.internal");
  CHECK_FALSE(http.proxy_from_environment);
  CHECK_FALSE(http.follow_redirects);

  const HttpSettings& mimir = sources[1].http;
  CHECK(sources[1].url == "http://mimir:8080/prometheus");
  CHECK(mimir.authorization_type == "Token");
  CHECK(mimir.credentials_file == beside + "token");
  CHECK_FALSE(mimir.proxy_from_environment);

  const HttpSettings& plain = sources[2].http;
  CHECK(plain.authorization_type == "Bearer");
  CHECK(plain.credentials == "t0ken");
  CHECK(plain.proxy_from_environment);
  CHECK(plain.follow_redirects);
}

TEST_CASE("what a source does not say, the settings do") {
  const auto sources =
      sources_of("all_keys.yaml", {{"QUERY_TIMEOUT", "7s"}, {"QUERY_CONCURRENCY", "3"}});
  CHECK(sources[0].timeout == 90s);
  CHECK(sources[0].concurrency == 8);
  CHECK(sources[1].timeout == 7s);
  CHECK(sources[1].concurrency == 3);
  CHECK_FALSE(sources[1].allow_partial);
  CHECK_FALSE(sources[1].retention);
}

TEST_CASE("the settings describe the default source, unless only others are named") {
  const std::vector<std::string> only = {"default"};
  CHECK(names_of(parse_with({}, {}).sources) == only);
  CHECK(names_of(sources_of("empty.yaml")) == only);
  const std::vector<std::string> all = {"default", "thanos", "mimir", "plain"};
  for (const Variables& given :
       {Variables{{"PROMETHEUS_URL", "http://h"}}, Variables{{"PROMETHEUS_SELDON_TOKEN", "abc"}}}) {
    const auto sources = sources_of("all_keys.yaml", given);
    CHECK(names_of(sources) == all);
    CHECK(sources[0].http.credentials == (given.contains("PROMETHEUS_URL") ? "" : "abc"));
  }
  // `check` is not told how the daemon will be started.
  const std::string file = kFolder + "good/all_keys.yaml";
  CHECK(names_of(parse_with({"check", "--config.file", file, "a.yaml"}, {}).sources) == all);
}

TEST_CASE("the file is read again each time") {
  const Settings settings = parse_with({}, {{"CONFIG_FILE", kFolder + "good/all_keys.yaml"}});
  Settings moved = settings;
  moved.config_file = kFolder + "good/empty.yaml";
  CHECK(names_of(read_sources(settings)).size() == 3);
  CHECK(names_of(read_sources(moved)).size() == 1);
}

TEST_CASE("headers that the daemon or the HTTP client makes are refused, in any case of letters") {
  for (const char* name : {"authorization", "HOST", "Content-Length", "content-anything",
                           "Transfer-Encoding", "Accept-Encoding", "User-Agent", "Connection"}) {
    CAPTURE(name);
    CHECK(header_problem(name).has_value());
  }
  for (const char* name : {"X-Scope-OrgID", "AccountID", "Contents", "X-Authorization", "Cookie"}) {
    CAPTURE(name);
    CHECK_FALSE(header_problem(name).has_value());
  }
}
