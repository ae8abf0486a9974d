#include "app/signals.h"

#include <pthread.h>
#include <signal.h>

#include "app/thread.h"
#include "base/log.h"

namespace downsampled {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGUSR1);  // sent to the thread by the destructor
  return signals;
}

}  // namespace

Signals::Signals() {
  signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = start_thread("signals", [this](std::stop_token) {
    const sigset_t awaited = stop_signals();
    int signal = 0;
    sigwait(&awaited, &signal);
    if (signal != SIGUSR1)
      log::info("stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
    stop_.request_stop();
  });
}

Signals::~Signals() { pthread_kill(thread_.native_handle(), SIGUSR1); }

}  // namespace downsampled
