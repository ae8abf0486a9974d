// Starts the program's threads; nothing else does. Each has a name, of at most 15 letters, that
// `top -H`, gdb and sanitizers show.
#pragma once

#include <pthread.h>

#include <string>
#include <thread>
#include <utility>

namespace downsampled {

template <typename Body>
std::jthread start_thread(const std::string& name, Body body) {
  std::jthread thread(std::move(body));
  pthread_setname_np(thread.native_handle(), name.c_str());
  return thread;
}

}  // namespace downsampled
