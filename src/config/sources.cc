#include "config/sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "base/error.h"
#include "config/source_reader.h"
#include "config/text_file.h"

namespace downsampled {
namespace {

SourceSettings default_source(const Settings& settings) {
  return {.name = kDefaultSource,
          .url = settings.prometheus_url,
          .params = {},
          .http = {.headers = {},
                   .username = settings.username,
                   .password_file = settings.password_file,
                   .credentials = settings.token,
                   .credentials_file = settings.token_file,
                   .tls_ca_file = settings.tls_ca_file,
                   .tls_cert_file = settings.tls_cert_file,
                   .tls_key_file = settings.tls_key_file,
                   .tls_insecure_skip_verify = settings.tls_insecure_skip_verify},
          .timeout = settings.query_timeout,
          .concurrency = settings.query_concurrency};
}

/// The sources of the file, in its order.
std::vector<SourceSettings> read_document(const YAML::Node& document, const Settings& settings,
                                          Problems& problems) {
  Mapping top(document, "the file", problems);
  const std::filesystem::path folder = std::filesystem::path(settings.config_file).parent_path();
  const SourceSettings defaults = default_source(settings);
  std::vector<SourceSettings> sources;
  std::map<std::string, std::size_t> lines;
  for (const YAML::Node& node : top.take_list("sources")) {
    SourceSettings source = read_source(node, folder, defaults, problems);
    const std::size_t line = line_of(node);
    const auto [first, is_new] = lines.emplace(source.name, line);
    if (!is_new && !source.name.empty()) {
      problems.add(line, fmt::format("source {:?} stands twice in the file, first in line {}; want "
                                     "another name",
                                     source.name, first->second));
    }
    if (source.name == kDefaultSource && !settings.given_for_default.empty()) {
      problems.add(line, fmt::format("source \"default\" is also what {} is for; want one of them",
                                     settings.given_for_default));
    }
    sources.push_back(std::move(source));
  }
  top.refuse_rest({"sources"});
  return sources;
}

std::vector<SourceSettings> read_file(const Settings& settings) {
  std::string unreadable;
  const auto text = read_text(settings.config_file, "a configuration file", unreadable);
  if (!text) throw Error(Reason::config, unreadable);
  Problems problems(settings.config_file);
  std::vector<SourceSettings> sources;
  const auto document = parse_yaml(*text, problems);
  if (document && !document->root.IsNull()) {
    sources = read_document(document->root, settings, problems);
  }
  if (document && document->second_line) {
    problems.add(*document->second_line, "starts a second YAML document; want one in the file");
  }
  const std::vector<std::string> lines = problems.in_order();
  if (!lines.empty()) throw Error(Reason::config, fmt::format("{}", fmt::join(lines, "\n")));
  return sources;
}

}  // namespace

std::vector<SourceSettings> read_sources(const Settings& settings) {
  std::vector<SourceSettings> sources;
  if (!settings.config_file.empty()) sources = read_file(settings);
  const bool named = std::ranges::any_of(
      sources, [](const SourceSettings& source) { return source.name == kDefaultSource; });
  // Where the file names others only, the default of PROMETHEUS_URL is most likely nobody's server.
  // What `check` is told of it is not what the daemon will be.
  const bool wanted =
      sources.empty() || !settings.given_for_default.empty() || settings.command == Command::check;
  if (!named && wanted) sources.insert(sources.begin(), default_source(settings));
  return sources;
}

std::vector<std::string> names_of(const std::vector<SourceSettings>& sources) {
  std::vector<std::string> names;
  for (const SourceSettings& source : sources) names.push_back(source.name);
  return names;
}

}  // namespace downsampled
