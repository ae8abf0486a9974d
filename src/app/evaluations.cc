#include "app/evaluations.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>

namespace downsampled {
namespace {

void count(const SourceMetrics& metrics, const SourceRequest& request) {
  metrics.count_request(request.cost.status != 0 ? fmt::to_string(request.cost.status)
                        : request.failure        ? std::string(to_string(*request.failure))
                                                 : "unknown");
  metrics.received_bytes.Increment(static_cast<double>(request.cost.wire_bytes));
  metrics.duration.Observe(std::chrono::duration<double>(request.cost.duration).count());
}

Source::Options source_options(const Settings& settings, const SourceMetrics& metrics) {
  HttpClientOptions http{.user_agent = "downsampled/" DOWNSAMPLED_VERSION,
                         .credentials = {.bearer_token = settings.token,
                                         .bearer_token_file = settings.token_file,
                                         .user_name = settings.username,
                                         .password_file = settings.password_file},
                         .tls = {.ca_file = settings.tls_ca_file,
                                 .certificate_file = settings.tls_cert_file,
                                 .key_file = settings.tls_key_file,
                                 .insecure_skip_verify = settings.tls_insecure_skip_verify},
                         .connect_timeout = settings.connect_timeout,
                         .timeout = settings.query_timeout,
                         .max_reply_bytes = settings.max_reply_bytes};
  return {.url = settings.prometheus_url,
          .http = std::move(http),
          .concurrency = settings.query_concurrency,
          .observer = [&metrics](const SourceRequest& request) { count(metrics, request); }};
}

}  // namespace

Evaluations::Evaluations(const Settings& settings, const Groups& groups, const Clock& clock,
                         GroupLoop::Publish publish)
    : metrics_(DOWNSAMPLED_VERSION),
      source_metrics_(metrics_.add_source("default")),
      source_(source_options(settings, source_metrics_)) {
  const Stages stages{.querier = source_,
                      .panes = panes_,
                      .clock = clock,
                      .source = source_metrics_,
                      .remarks = remarks_,
                      .decode_limits = {.max_reply_bytes = settings.max_reply_bytes,
                                        .max_series_bytes = settings.max_series_bytes},
                      .max_points = static_cast<std::int64_t>(settings.max_points)};
  for (const auto& group : groups) {
    loops_.push_back(
        std::make_unique<GroupLoop>(group, metrics_.add_group(*group), stages, publish));
  }
}

}  // namespace downsampled
