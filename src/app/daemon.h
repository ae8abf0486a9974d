// The command `run`: the daemon. Owns every object and starts every thread; the order of the
// members is the order of the start, and the reverse of it that of the stop.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "app/catch_ups.h"
#include "app/evaluations.h"
#include "app/fill_bar.h"
#include "app/service_notifier.h"
#include "app/signals.h"
#include "net/http_server.h"
#include "publish/exporter.h"
#include "publish/routes.h"
#include "schedule/scheduler.h"
#include "telemetry/journal_metrics.h"
#include "telemetry/process_metrics.h"

namespace downsampled {

class Daemon {
 public:
  /// Opens the journal, shows what it has, listens, and starts nothing yet. Throws Error{io} when
  /// the address is taken, Error{config} when another daemon has the journal, Error{canceled} when
  /// `stop` is requested while the journal is checked. `settings` and `clock` must outlive this.
  Daemon(const Settings& settings, const Groups& groups, const Clock& clock, std::stop_token stop);

  /// Tells the service manager when it does so. Serves and evaluates until `stop` is requested, and
  /// returns when every thread has ended. Each of `hangups` makes it read its rules again.
  void run(std::stop_token stop, Mailbox<Hangup>& hangups);

 private:
  /// What a reload changes, one at a time.
  struct Running {
    Groups groups;
    std::vector<std::jthread> workers = {};
    bool started = false;
  };

  /// Reads rules and configuration file again; empty, or why everything is as it was.
  std::optional<Error> reload();
  void apply(Running& running, const std::vector<SourceSettings>& sources, const Groups& groups);
  std::vector<Snapshot> recorded(const Groups& groups, const Groups& shown);
  void catch_up(const Groups& groups);
  void stop_catching_up();
  void start_workers(Running& running);
  void stop_workers();
  Outcome evaluate(const Due& due, std::stop_token stop);
  Scheduler::Pulse pulse();
  std::string status() const;

  const Settings& settings_;
  const Clock& clock_;
  ProcessMetrics process_metrics_;
  Exporter exporter_;
  Evaluations evaluations_;
  const ReloadMetrics reload_metrics_;
  JournalMetrics journal_metrics_;
  FillBar fill_bar_;
  Routes routes_;
  HttpServer server_;
  ServiceNotifier notifier_;
  Scheduler scheduler_;
  std::atomic<bool> stopping_ = false;
  Guarded<std::shared_ptr<CatchUps>> catch_ups_;
  Guarded<Running> running_;  // the workers; they use all that is above
};

}  // namespace downsampled
