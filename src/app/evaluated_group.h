// A group at work: with the source that it asks, its metrics and its loop. Shared by those who
// evaluate it, so that it lives until the last has finished when the rules are read again.
// evaluate() is for one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "app/asked_source.h"
#include "base/guarded.h"
#include "pipeline/group_loop.h"

namespace downsampled {

class EvaluatedGroup {
 public:
  /// `before`, whose place this one takes, may be null.
  EvaluatedGroup(std::shared_ptr<const Group> group, std::shared_ptr<const AskedSource> source,
                 Metrics& metrics, GroupLoop::Publish publish,
                 std::shared_ptr<EvaluatedGroup> before)
      : group_(std::move(group)),
        source_(std::move(source)),
        metrics_(metrics.add_group(*group_)),
        loop_(group_, metrics_, source_->stages(), std::move(publish)),
        before_(std::move(before)) {}

  const std::shared_ptr<const Group>& group() const { return group_; }
  const std::shared_ptr<const AskedSource>& source() const { return source_; }
  const GroupMetrics& metrics() const { return metrics_; }
  const Stages& stages() const { return source_->stages(); }
  /// The longest time for one query.
  Duration timeout() const { return source_->settings().timeout; }

  /// As GroupLoop::run() says; not before `before` is idle.
  Outcome evaluate(const Due& due, const Deadline& deadline) {
    take_over();
    const Outcome outcome = loop_.run(due, deadline);
    if (!deadline.stop.stop_requested()) *last_.lock() = Last{due.slot, outcome};  // else discarded
    return outcome;
  }

  struct Last {
    Timestamp slot;
    Outcome outcome;
  };
  /// What evaluate() came to; for any thread.
  std::optional<Last> last() { return *last_.lock(); }

  Snapshot restore() { return loop_.restore(); }

 private:
  void take_over() {
    const std::shared_ptr<EvaluatedGroup> before = std::exchange(before_, nullptr);
    if (!before) return;
    before->take_over();  // it may never have run
    loop_.take_over(before->loop_);
  }

  const std::shared_ptr<const Group> group_;
  const std::shared_ptr<const AskedSource> source_;
  const GroupMetrics metrics_;
  GroupLoop loop_;
  std::shared_ptr<EvaluatedGroup> before_;
  Guarded<std::optional<Last>> last_;
};

}  // namespace downsampled
