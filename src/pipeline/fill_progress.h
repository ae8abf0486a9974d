// How far the filling of one rule's long window is: into the rule's metrics, the log, and wherever
// else it is to be shown. Not thread-safe.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "pipeline/fill.h"
#include "telemetry/metrics.h"

namespace downsampled {

class FillProgress {
 public:
  /// `done` of `total` panes of a rule are there; done == total at the end.
  using Show = std::function<void(const std::string& record, std::size_t done, std::size_t total)>;

  /// All must outlive this.
  FillProgress(const Group& group, const Rule& rule, RuleMetrics& metrics, const Clock& clock,
               const Show& show);

  void take(const Filled& filled);
  /// A query brought nothing; `first`: since one that did.
  void failed(const Error& error, bool first) const;

 private:
  void log_state(std::size_t left) const;

  const Group& group_;
  const Rule& rule_;
  RuleMetrics& metrics_;
  const Clock& clock_;
  const Show& show_;
  std::size_t total_ = 0;             // panes of the filling under way; 0: none is
  std::size_t lost_ = 0;              // of these
  std::optional<SteadyTime> logged_;  // when last
};

}  // namespace downsampled
