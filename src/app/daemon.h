// The command `run`: the daemon. Owns every object and starts every thread; the order of the
// members is the order of the start, and the reverse of it that of the stop.
#pragma once

#include <stop_token>
#include <thread>
#include <vector>

#include "app/evaluations.h"
#include "app/service_notifier.h"
#include "net/http_server.h"
#include "publish/exporter.h"
#include "publish/routes.h"
#include "schedule/scheduler.h"
#include "telemetry/process_metrics.h"

namespace downsampled {

class Daemon {
 public:
  /// Listens, and starts nothing yet. Throws Error{io} when the address is taken.
  Daemon(const Settings& settings, Groups groups, const Clock& clock);

  /// Tells the service manager when it does so. Serves and evaluates until `stop` is requested, and
  /// returns when every thread has ended.
  void run(std::stop_token stop);

 private:
  Outcome evaluate(const Due& due, std::stop_token stop);
  Scheduler::Pulse pulse();
  std::string status() const;

  const Groups groups_;
  const Duration query_timeout_;
  const Clock& clock_;
  ProcessMetrics process_metrics_;
  Exporter exporter_;
  Evaluations evaluations_;
  Routes routes_;
  HttpServer server_;
  ServiceNotifier notifier_;
  Scheduler scheduler_;
};

}  // namespace downsampled
