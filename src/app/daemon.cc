#include "app/daemon.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <system_error>
#include <utility>

#include "app/daemon_journal.h"
#include "app/read_rules.h"
#include "app/thread.h"
#include "base/log.h"
#include "config/sources.h"
#include "pipeline/attempt.h"
#include "query/backoff.h"
#include "telemetry/render.h"
#include "telemetry/values.h"

namespace downsampled {
namespace {

// A group that waits for the source holds up a worker, and should hold up no other group. How many
// queries the source is asked at once is the source's own bound.
constexpr std::size_t kMostWorkers = 64;

ListenSocket listen(const ListenAddress& address) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  const std::string host = ipv6 ? '[' + address.host + ']' : address.host;
  ListenSocket socket(fmt::format("{}:{}", host, address.port));
  log::info("listening", {{"address", socket.address()}});
  return socket;
}

/// A pipe can be read once, and one that nobody writes to would hold the reload up for ever.
void check_files(const Settings& settings) {
  std::vector<std::string> files = find_rule_files(settings.rules, executable_path());
  if (!settings.config_file.empty()) files.push_back(settings.config_file);
  for (const std::string& file : files) {
    std::error_code code;
    if (std::filesystem::is_fifo(file, code)) {
      throw Error(Reason::config,
                  fmt::format("{}: is a pipe; want a regular file, to read it again", file));
    }
  }
}

Backoff jittered_backoff() {
  return [random = std::mt19937_64(std::random_device{}())](
             int attempt, std::optional<Duration> retry_after) mutable {
    return backoff(attempt - 1, std::generate_canonical<double, 53>(random), retry_after);
  };
}

}  // namespace

Daemon::Daemon(const Settings& settings, const Groups& groups, const Clock& clock,
               std::stop_token stop)
    : settings_(settings),
      clock_(clock),
      exporter_(groups, clock,
                [this](ExpositionFormat format) {
                  return render_metrics(
                      {&evaluations_.metrics(), &journal_metrics_, &process_metrics_},
                      format);
                }),
      evaluations_(settings, groups, clock, daemon_journal(settings, groups, std::move(stop)),
                   [this](const Snapshot& snapshot) { exporter_.publish(snapshot); }),
      reload_metrics_(evaluations_.metrics().add_reload()),
      journal_metrics_([this] { return numbers_of(evaluations_.journal()); }),
      fill_bar_(clock),
      routes_(exporter_, DOWNSAMPLED_VERSION,
              settings.enable_lifecycle ? [this]() -> std::optional<std::string> {
                const std::optional<Error> wrong = reload();
                return wrong ? std::optional<std::string>(wrong->message()) : std::nullopt;
              } : Routes::Reload()),
      server_(
          listen(settings.listen_address),
          [this](const HttpServerRequest& request) { return routes_.answer(request); }, clock),
      notifier_(process_environment, clock),
      scheduler_(
          Timetable(groups, jittered_backoff()), clock,
          [this](const Due& due, std::stop_token own) { return evaluate(due, own); }, pulse()),
      running_(Running{.groups = groups}) {
  exporter_.replace(groups, recorded(groups, {}));
  catch_up(groups);
  reload_metrics_.successful.Set(1);
  reload_metrics_.last_success.Set(in_seconds(clock_.now()));
}

// Of the schedule loop and of nothing else: what the service manager's watchdog is fed by.
Scheduler::Pulse Daemon::pulse() {
  Scheduler::Pulse pulse;
  if (!notifier_.enabled()) return pulse;
  pulse.period = std::min(pulse.period, notifier_.watchdog_period().value_or(pulse.period));
  pulse.beat = [this] { notifier_.alive(status()); };
  return pulse;
}

std::string Daemon::status() const {
  const std::vector<GroupStatus> groups = exporter_.status();
  std::size_t evaluated = 0;
  std::size_t failed = 0;
  for (const GroupStatus& group : groups) {
    if (!group.slot) continue;
    ++evaluated;
    failed += group.failed_rules;
  }
  return fmt::format("{} of {} groups evaluated, {} rules failing.", evaluated, groups.size(),
                     failed);
}

Outcome Daemon::evaluate(const Due& due, std::stop_token stop) {
  const std::shared_ptr<EvaluatedGroup> group = evaluations_.find(due.group);
  if (!group) return {};  // replaced before its turn came
  const Timestamp now = clock_.now();
  const Timestamp next_slot_due = due.slot + due.group->interval + due.group->query_offset;
  // Until the next slot; one query may always take its time.
  const Duration patience = std::max(group->timeout(), next_slot_due - now);
  if (due.attempt == 0) {
    const double lag = in_seconds(now - due.since);
    group->metrics().slots->last_slot_lag.Set(lag);
    group->metrics().slot_lag->Observe(lag);
  }
  const Outcome outcome = group->evaluate(due, {clock_.steady_now() + patience, stop});
  if (!stop.stop_requested()) {  // then it was discarded
    (*catch_ups_.lock())->evaluated(*due.group, due.slot, outcome);
  }
  malloc_trim(0);  // until the next slot nobody needs what the evaluation took
  return outcome;
}

/// What the journal has of the groups that are not shown yet.
std::vector<Snapshot> Daemon::recorded(const Groups& groups, const Groups& shown) {
  std::vector<Snapshot> snapshots;
  for (const auto& group : groups) {
    if (stopping_) break;
    if (std::ranges::find(shown, group) != shown.end()) continue;
    snapshots.push_back(evaluations_.at(group).restore());
  }
  return snapshots;
}

/// From now on for these groups. What it heard of those that stay, it hears again.
void Daemon::catch_up(const Groups& groups) {
  const auto show = [this](const std::string& record, std::size_t done, std::size_t total) {
    fill_bar_.show(record, done, total);
  };
  const auto filled = [this](const auto& group) { scheduler_.hurry(group); };
  auto next = std::make_shared<CatchUps>(
      groups, evaluations_,
      CatchUp::Options{most_age(settings_), Duration{}, jittered_backoff(), show, filled});
  const auto current = catch_ups_.lock();
  for (const auto& group : groups) {
    const auto last = evaluations_.at(group).last();
    if (last) next->evaluated(*group, last->slot, last->outcome);
  }
  current->swap(next);
}

void Daemon::start_workers(Running& running) {
  for (std::size_t index = running.workers.size();
       index < std::min(kMostWorkers, running.groups.size()); ++index) {
    running.workers.push_back(start_thread(fmt::format("evaluate-{}", index),
                                           [this](std::stop_token own) { scheduler_.work(own); }));
  }
}

std::optional<Error> Daemon::reload() {
  const auto running = running_.lock();
  const std::optional<Error> wrong = attempt([&] {
    if (stopping_) throw Error(Reason::canceled, "the daemon is stopping");
    check_files(settings_);
    const std::vector<SourceSettings> sources = read_sources(settings_);
    apply(*running, sources, read_rules(settings_, sources));
  });
  reload_metrics_.successful.Set(wrong ? 0 : 1);
  if (wrong) {
    log::error("not reloaded; what was read before still holds",
               {{"reason", to_string(wrong->reason())}, {"error", wrong->message()}});
  } else {
    reload_metrics_.last_success.Set(in_seconds(clock_.now()));
  }
  return wrong;
}

/// What is wrong with rules and sources was said when they were read.
void Daemon::apply(Running& running, const std::vector<SourceSettings>& sources,
                   const Groups& groups) {
  const Groups before = std::exchange(running.groups, evaluations_.replace(sources, groups));
  evaluations_.journal().keep_panes(daemon_panes(settings_, running.groups));
  exporter_.replace(running.groups, recorded(running.groups, before));
  stop_catching_up();
  catch_up(running.groups);
  scheduler_.replace(running.groups);
  if (running.started) {
    (*catch_ups_.lock())->start();
    start_workers(running);
  }
  std::size_t rules = 0;
  for (const auto& group : running.groups) rules += group->rules.size();
  log::info("reloaded", {{"groups", running.groups.size()}, {"rules", rules}});
}

void Daemon::run(std::stop_token stop, Mailbox<Hangup>& hangups) {
  // One heap for all threads, so that what one frees serves the next: each heap keeps leftovers.
  mallopt(M_ARENA_MAX, 1);
  std::jthread server = start_thread("http", [this](std::stop_token own) { server_.run(own); });
  {
    const std::jthread journal = start_thread("journal", [this](std::stop_token own) {
      keep_journal(evaluations_.journal(), clock_, own);
    });
    std::jthread reloading = start_thread("reload", [this, &hangups](std::stop_token own) {
      while (hangups.take(own)) {
        while (hangups.take_for(Duration::zero(), own)) continue;  // one reload is for all of them
        reload();
      }
    });
    {
      const auto running = running_.lock();
      running->started = true;
      (*catch_ups_.lock())->start();
      start_workers(*running);
    }
    notifier_.ready(status());  // the port answers, though /-/ready may wait for a slow source
    scheduler_.run(stop);
    notifier_.stopping();
    stopping_ = true;
    reloading.request_stop();
    stop_workers();
  }
  evaluations_.journal().write_waiting();
  log::info("stopped");
}

void Daemon::stop_workers() {
  const auto running = running_.lock();
  for (std::jthread& worker : running->workers) worker.request_stop();
  stop_catching_up();
  running->workers.clear();
}

void Daemon::stop_catching_up() {
  const std::shared_ptr<CatchUps> running = *catch_ups_.lock();
  running->stop();
}

}  // namespace downsampled
