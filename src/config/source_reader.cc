#include "config/source_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/duration.h"
#include "config/http_config_reader.h"
#include "config/setting_value.h"

namespace downsampled {
namespace {

constexpr std::int64_t kMostConcurrency = 256;

// What every query says itself.
constexpr std::array kOwnParams = {"query", "start", "end", "step", "timeout"};

void take_url(Mapping& mapping, SourceSettings& source, Problems& problems) {
  const std::size_t line = mapping.line_of_key("url");
  const std::string url = mapping.take_text("url").value_or("");
  if (url.empty()) {
    problems.add(line, "the source has no url; want url: and one such as http://prometheus:9090");
  } else if (const auto problem = url_problem(url, "give them in basic_auth")) {
    problems.add(line, fmt::format("url {}", *problem));
  } else {
    source.url = base_of_api(url);
  }
}

/// As in Prometheus a name has a list of values; one may stand alone.
void take_params(Mapping& mapping, SourceSettings& source, Problems& problems) {
  const auto entry = mapping.take("params");
  if (!entry) return;
  const Mapping params(entry->value, "params", problems);
  for (const Entry& param : params.rest()) {
    const bool own = std::ranges::find(kOwnParams, param.key) != kOwnParams.end();
    const YAML::Node& value = param.value;
    const bool list =
        value.IsSequence() && std::all_of(value.begin(), value.end(),
                                          [](const YAML::Node& one) { return one.IsScalar(); });
    if (own) {
      problems.add(param.line, fmt::format("parameter {:?} cannot be set here: the daemon says it "
                                           "in each query; want it removed",
                                           param.key));
    } else if (value.IsScalar()) {
      source.params.emplace_back(param.key, value.Scalar());
    } else if (list) {
      for (const YAML::Node& one : value) source.params.emplace_back(param.key, one.Scalar());
    } else {
      problems.add(param.line, fmt::format("the value of parameter {:?} is not text; want text, or "
                                           "a list of texts",
                                           param.key));
    }
  }
}

void take_concurrency(Mapping& mapping, SourceSettings& source, Problems& problems) {
  const std::size_t line = mapping.line_of_key("concurrency");
  const auto number = mapping.take_number("concurrency");
  if (!number) return;
  if (*number < 1 || *number > kMostConcurrency) {
    problems.add(line, fmt::format("concurrency is {}; want a whole number from 1 to {}", *number,
                                   kMostConcurrency));
  } else {
    source.concurrency = static_cast<std::size_t>(*number);
  }
}

std::vector<std::string> known_keys() {
  std::vector<std::string> keys = {"name", "url", "params"};
  keys.insert(keys.end(), http_config_keys().begin(), http_config_keys().end());
  keys.insert(keys.end(), {"timeout", "concurrency", "allow_partial", "retention"});
  return keys;
}

}  // namespace

SourceSettings read_source(const YAML::Node& node, const std::filesystem::path& folder,
                           const SourceSettings& defaults, Problems& problems) {
  SourceSettings source{.timeout = defaults.timeout, .concurrency = defaults.concurrency};
  Mapping mapping(node, "a source", problems);
  if (!node.IsMap()) return source;
  const std::size_t line = mapping.line_of_key("name");
  source.name = mapping.take_text("name").value_or("");
  if (source.name.empty()) problems.add(line, "the source has no name; want name: and its text");
  take_url(mapping, source, problems);
  take_params(mapping, source, problems);
  source.http = take_http_config(mapping, folder, problems);
  source.timeout = mapping.take_duration("timeout", kOverZero).value_or(source.timeout);
  take_concurrency(mapping, source, problems);
  source.allow_partial = mapping.take_bool("allow_partial").value_or(false);
  source.retention = mapping.take_duration("retention", kOverZero);
  mapping.refuse_rest(known_keys());
  return source;
}

}  // namespace downsampled
