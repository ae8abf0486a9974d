#include "pipeline/explain_empty.h"

#include <fmt/format.h>

#include <string_view>

#include "pipeline/fetch.h"

namespace downsampled {
namespace {

constexpr std::string_view kSeldonLabel = "label_seldon_deployment_id";

struct Mistake {
  std::string_view
      expr;  ///< what has a series somewhere in the window where the mistake was not made
  std::string_view sentence;
};

constexpr Mistake kNoKubeStateMetrics{
    "count({__name__=~\"kube_pod_(info|labels)\"})",
    "the source has neither kube_pod_info nor kube_pod_labels: kube-state-metrics is not there, or "
    "not scraped"};
constexpr Mistake kNoHonorLabels{"count({__name__=~\"kube_pod_(info|labels)\",exported_pod=\"\"})",
                                 "kube-state-metrics is scraped without `honor_labels: true`: its "
                                 "labels come as exported_namespace "
                                 "and exported_pod"};
constexpr Mistake kNoSeldonLabels{
    "count(kube_pod_labels{label_app_kubernetes_io_managed_by=\"seldon-core\","
    "label_seldon_deployment_id!=\"\"})",
    "no pod carries the Seldon labels: run a model, or start kube-state-metrics with "
    "--metric-labels-allowlist=pods=[app.kubernetes.io/managed-by,seldon-deployment-id]"};
constexpr Mistake kNoCadvisor{
    "count({__name__=~\"container_(cpu_usage_seconds_total|memory_usage_bytes)\",pod!=\"\"})",
    "the source has no container_cpu_usage_seconds_total or container_memory_usage_bytes with a "
    "pod "
    "label: cAdvisor (the kubelet's /metrics/cadvisor) is not scraped, or without "
    "`honor_labels: true`"};

bool has_series(std::string_view expr, const Window& window, const Stages& stages,
                const Deadline& deadline) {
  constexpr std::int64_t kPoints = 16;
  const Grid grid = grid_of(window, std::max(window.width() / kPoints, Duration(1)));
  bool found = false;
  fetch(expr, grid,
        {.take = [&](const Series&) { found = true; }, .restart = [&] { found = false; }}, stages,
        deadline);
  return found;
}

}  // namespace

std::optional<std::string> explain_empty(const Rule& rule, const RecordedWindow& recorded,
                                         const Stages& stages, const Deadline& deadline) {
  if (rule.expr.find(kSeldonLabel) == std::string::npos) return std::nullopt;
  for (const Mistake& mistake : {kNoKubeStateMetrics, kNoHonorLabels, kNoSeldonLabels}) {
    if (!has_series(mistake.expr, recorded.window, stages, deadline)) {
      return std::string(mistake.sentence);
    }
  }
  const bool reads_cadvisor =
      rule.expr.find("container_cpu_usage_seconds_total") != std::string::npos ||
      rule.expr.find("container_memory_usage_bytes") != std::string::npos;
  if (reads_cadvisor && !has_series(kNoCadvisor.expr, recorded.window, stages, deadline)) {
    return std::string(kNoCadvisor.sentence);
  }
  return fmt::format("the Seldon pods that are there have nothing that {} measures", rule.record);
}

}  // namespace downsampled
