#include "app/daemon.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include "app/thread.h"
#include "base/log.h"
#include "query/backoff.h"
#include "telemetry/render.h"

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

Backoff jittered_backoff() {
  return [random = std::mt19937_64(std::random_device{}())](
             int attempt, std::optional<Duration> retry_after) mutable {
    return backoff(attempt - 1, std::generate_canonical<double, 53>(random), retry_after);
  };
}

}  // namespace

Daemon::Daemon(const Settings& settings, Groups groups, const Clock& clock)
    : groups_(std::move(groups)),
      query_timeout_(settings.query_timeout),
      clock_(clock),
      exporter_(
          groups_, clock,
          [this](ExpositionFormat format) {
            return render_metrics({&evaluations_.metrics().registry(), &process_metrics_}, format);
          }),
      evaluations_(settings, groups_, clock,
                   [this](const Snapshot& snapshot) { exporter_.publish(snapshot); }),
      routes_(exporter_, DOWNSAMPLED_VERSION),
      server_(
          listen(settings.listen_address),
          [this](const HttpServerRequest& request) { return routes_.answer(request); }, clock),
      notifier_(process_environment, clock),
      scheduler_(
          Timetable(groups_, jittered_backoff()), clock,
          [this](const Due& due, std::stop_token stop) { return evaluate(due, stop); }, pulse()) {}

// Of the schedule loop and of nothing else: what the service manager's watchdog is fed by.
Scheduler::Pulse Daemon::pulse() {
  Scheduler::Pulse pulse;
  if (!notifier_.enabled()) return pulse;
  pulse.period = std::min(pulse.period, notifier_.watchdog_period().value_or(pulse.period));
  pulse.beat = [this] { notifier_.alive(status()); };
  return pulse;
}

std::string Daemon::status() const {
  std::size_t evaluated = 0;
  std::size_t failed = 0;
  for (const GroupStatus& group : exporter_.status()) {
    if (!group.slot) continue;
    ++evaluated;
    failed += group.failed_rules;
  }
  return fmt::format("{} of {} groups evaluated, {} rules failing.", evaluated, groups_.size(),
                     failed);
}

Outcome Daemon::evaluate(const Due& due, std::stop_token stop) {
  const Group& group = *groups_[due.group];
  const Timestamp next_slot_due = due.slot + group.interval + group.query_offset;
  // Until the next slot; one query may always take its time.
  const Duration patience = std::max(query_timeout_, next_slot_due - clock_.now());
  const Outcome outcome =
      evaluations_.evaluate(due, {clock_.steady_now() + patience, std::move(stop)});
  malloc_trim(0);  // until the next slot nobody needs what the evaluation took
  return outcome;
}

void Daemon::run(std::stop_token stop) {
  // One heap for all threads, so that what one frees serves the next: each heap keeps leftovers.
  mallopt(M_ARENA_MAX, 1);
  std::jthread server = start_thread("http", [this](std::stop_token own) { server_.run(own); });
  {
    std::vector<std::jthread> evaluating;
    for (std::size_t index = 0; index < std::min(kMostWorkers, groups_.size()); ++index) {
      evaluating.push_back(start_thread(fmt::format("evaluate-{}", index),
                                        [this](std::stop_token own) { scheduler_.work(own); }));
    }
    notifier_.ready(status());  // the port answers, though /-/ready may wait for a slow source
    scheduler_.run(stop);
    notifier_.stopping();
    for (std::jthread& thread : evaluating) thread.request_stop();
  }
  log::info("stopped");
}

}  // namespace downsampled
