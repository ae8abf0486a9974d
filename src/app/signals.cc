#include "app/signals.h"

#include <pthread.h>
#include <signal.h>

#include "app/thread.h"
#include "base/log.h"

namespace downsampled {
namespace {

sigset_t awaited_signals(bool hangups) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGUSR1);  // sent to the thread by the destructor
  if (hangups) sigaddset(&signals, SIGHUP);
  return signals;
}

}  // namespace

Signals::Signals(Mailbox<Hangup>* hangups) {
  signal(SIGPIPE, SIG_IGN);
  const sigset_t awaited = awaited_signals(hangups != nullptr);
  pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
  thread_ = start_thread("signals", [this, awaited, hangups](std::stop_token) {
    int signal = 0;
    while (sigwait(&awaited, &signal) == 0 && signal == SIGHUP) hangups->put({});
    if (signal != SIGUSR1)
      log::info("stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
    stop_.request_stop();
  });
}

Signals::~Signals() { pthread_kill(thread_.native_handle(), SIGUSR1); }

}  // namespace downsampled
