#include "app/asked_source.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>

#include "app/http_options.h"
#include "telemetry/values.h"

namespace downsampled {
namespace {

void count(const SourceMetrics& metrics, const SourceRequest& request) {
  metrics.count_request(request.cost.status != 0 ? fmt::to_string(request.cost.status)
                        : request.failure        ? std::string(to_string(*request.failure))
                                                 : "unknown");
  metrics.received_bytes.Increment(static_cast<double>(request.cost.wire_bytes));
  metrics.duration.Observe(in_seconds(request.cost.duration));
}

Source::Options source_options(const SourceSettings& source, const Settings& settings,
                               const SourceMetrics& metrics) {
  HttpClientOptions http = http_options(source.http);
  http.connect_timeout = settings.connect_timeout;
  http.timeout = source.timeout;
  http.max_reply_bytes = settings.max_reply_bytes;
  for (const auto& param : source.params) conceal_long(http, param.second);
  return {.url = source.url,
          .params = source.params,
          .http = std::move(http),
          .concurrency = source.concurrency,
          .observer = [&metrics](const SourceRequest& request) { count(metrics, request); }};
}

std::shared_ptr<QuerySizes> nothing_known(const Settings& settings) {
  return std::make_shared<QuerySizes>(
      QueryBounds{.max_points = static_cast<std::int64_t>(settings.max_points),
                  .reply_bytes = settings.target_reply_bytes});
}

}  // namespace

AskedSource::AskedSource(SourceSettings settings, const Shared& shared,
                         std::shared_ptr<QuerySizes> sizes)
    : settings_(std::move(settings)),
      all_metrics_(shared.metrics),
      metrics_(all_metrics_.add_source(settings_.name)),
      sizes_(sizes ? std::move(sizes) : nothing_known(shared.settings)),
      source_(source_options(settings_, shared.settings, metrics_)),
      retention_(source_, shared.clock, settings_.retention),
      stages_{.querier = source_,
              .journal = shared.journal,
              .clock = shared.clock,
              .source = metrics_,
              .blocks = shared.blocks,
              .remarks = shared.remarks,
              .sizes = *sizes_,
              .asked = shared.asked,
              .retention = retention_,
              .decode_limits = {.max_reply_bytes = shared.settings.max_reply_bytes,
                                .max_series_bytes = shared.settings.max_series_bytes},
              .allow_partial = settings_.allow_partial} {}

}  // namespace downsampled
