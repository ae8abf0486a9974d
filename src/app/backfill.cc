#include "app/backfill.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/backfill_check.h"
#include "app/backfill_failures.h"
#include "app/backfill_lane.h"
#include "app/evaluations.h"
#include "app/print.h"
#include "app/progress.h"
#include "app/side_journal.h"
#include "app/thread.h"
#include "app/write_backfill.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/log.h"

namespace downsampled {
namespace {

constexpr int kPartial = 3;

bool is_asked(const SourceSettings& source, const Groups& groups) {
  return std::ranges::any_of(groups,
                             [&](const auto& group) { return group->source == source.name; });
}

/// As many as the sources that are asked take queries at once.
std::size_t lanes_for(const Settings& settings, const Groups& groups) {
  std::size_t lanes = 0;
  for (const SourceSettings& source : settings.sources) {
    if (is_asked(source, groups)) lanes += source.concurrency;
  }
  return lanes;
}

SideJournal::Urls asked_urls(const Settings& settings, const Groups& groups) {
  SideJournal::Urls urls;
  for (const SourceSettings& source : settings.sources) {
    if (is_asked(source, groups)) urls[source.name] = source.url;
  }
  return urls;
}

/// The lanes on their threads; told to stop when this ends, however it does.
class Lanes {
 public:
  Lanes(const Settings& settings, const Groups& groups, Evaluations& evaluations,
        BackfillWork& work, std::stop_token stop)
      : forward_(std::move(stop), Stop{all_}) {
    for (std::size_t index = 0; index < lanes_for(settings, groups); ++index) {
      lanes_.push_back(std::make_unique<BackfillLane>(index, groups, evaluations, work, reports_));
      threads_.push_back(start_thread(
          fmt::format("backfill-{}", index),
          [lane = lanes_.back().get(), token = all_.get_token()] { lane->run(token); }));
    }
  }
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;
  ~Lanes() { stop(); }

  std::size_t count() const { return lanes_.size(); }
  void stop() { all_.request_stop(); }

  /// Waits for the next report, a little.
  std::optional<LaneReport> next() { return reports_.take_for(kRedraw, {}); }

 private:
  struct Stop {
    std::stop_source source;
    void operator()() { source.request_stop(); }
  };

  std::stop_source all_;
  const std::stop_callback<Stop> forward_;
  Mailbox<LaneReport> reports_;
  std::vector<std::unique_ptr<BackfillLane>> lanes_;
  std::vector<std::jthread> threads_;
};

class Backfill {
 public:
  Backfill(const Settings& settings, Groups groups, const Clock& clock,
           const std::string& directory)
      : settings_(settings),
        groups_(std::move(groups)),
        clock_(clock),
        now_(clock.now()),
        evaluations_(settings, groups_, clock, {.directory = directory}, [](const Snapshot&) {}),
        work_(groups_, missing(), static_cast<std::int64_t>(settings.max_points),
              lanes_for(settings, groups_)) {}

  bool nothing_recorded() {
    const RowCounts rows = evaluations_.journal().numbers().rows;
    return rows.panes == 0 && rows.windows == 0;
  }

  int run(const std::stop_token& stop) {
    log::info("backfilling", {{"from", format_timestamp(*settings_.from)},
                              {"to", format_timestamp(settings_.to.value_or(now_))},
                              {"windows", windows_},
                              {"recorded_before", windows_ - work_.total()}});
    if (work_.total() > 0) record(stop);
    failures_.log_counts();
    if (problem_) {
      log::error("cannot go on",
                 {{"reason", to_string(problem_->reason())}, {"error", problem_->message()}});
    }
    const std::size_t left = work_.total() - recorded_;
    const bool to_file = !settings_.output.empty();
    const bool tried_all = left == failures_.count();
    if (to_file && tried_all) {
      const Window span{*settings_.from, settings_.to.value_or(now_)};
      write_backfill(output_file(settings_.output), groups_, span, evaluations_.journal());
    }
    print(stderr, ending(left, to_file, tried_all));
    return left == 0 ? 0 : kPartial;
  }

 private:
  /// By group, all that the journal lacks.
  std::vector<MissingWindows> missing() {
    std::vector<MissingWindows> all;
    for (const auto& group : groups_) {
      auto& rules = all.emplace_back();
      const Timestamp last = last_to_backfill(settings_, *group, now_);
      const Timestamp before = align_down(*settings_.from, group->interval, group->eval_offset);
      if (last > before) {
        windows_ +=
            group->rules.size() * static_cast<std::size_t>((last - before) / group->interval);
      }
      for (const Rule& rule : group->rules) {
        rules.push_back(
            missing_windows(*group, rule, *settings_.from, last, evaluations_.at(group).stages()));
      }
    }
    return all;
  }

  void record(const std::stop_token& stop) {
    Progress progress(work_.total(), "windows", clock_);
    Lanes lanes(settings_, groups_, evaluations_, work_, stop);
    for (std::size_t running = lanes.count(); running > 0;) {
      if (const auto report = lanes.next()) {
        failures_.take(*groups_[report->group], report->failed);
        recorded_ += report->recorded;
        if (report->ended) --running;
        if (report->problem) lanes.stop();
        if (report->problem) problem_ = report->problem;
      }
      progress.show(recorded_ + failures_.count());
    }
  }

  std::string ending(std::size_t left, bool to_file, bool tried_all) const {
    const std::string place = to_file ? settings_.output : settings_.storage_path;
    const std::string share = fmt::format("{} of {} windows", windows_ - left, windows_);
    if (left == 0) return fmt::format("complete: {} are in {}\n", share, place);
    if (tried_all) {
      return fmt::format(
          "incomplete: {} are in {}, {} failed; the same command tries those again\n", share, place,
          left);
    }
    return fmt::format("stopped: {} are {}; the same command goes on from there\n", share,
                       to_file ? "evaluated, " + place + " is not written yet" : "in " + place);
  }

  const Settings& settings_;
  const Groups groups_;
  const Clock& clock_;
  const Timestamp now_;
  std::size_t windows_ = 0;  // in the span, recorded before or not
  Evaluations evaluations_;
  BackfillWork work_;
  BackfillFailures failures_;
  std::size_t recorded_ = 0;
  std::optional<Error> problem_;
};

int run_into_file(const SideJournal& beside, const Settings& settings, const Groups& groups,
                  const Clock& clock, const std::stop_token& stop) {
  Backfill backfill(settings, groups, clock, beside.directory());
  beside.keep_urls(asked_urls(settings, groups), backfill.nothing_recorded());
  return backfill.run(stop);
}

}  // namespace

int run_backfill(const Settings& settings, const Groups& groups, const Clock& clock,
                 std::stop_token stop) {
  check_backfill(settings, groups, clock.now());
  if (settings.output.empty()) {
    return Backfill(settings, groups, clock, settings.storage_path).run(stop);
  }
  const SideJournal beside(output_file(settings.output));
  const int code = run_into_file(beside, settings, groups, clock, stop);
  if (code == 0) beside.remove();
  return code;
}

}  // namespace downsampled
