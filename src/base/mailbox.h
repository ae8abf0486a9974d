// A queue that moves values from the threads that put to the threads that take.
// Thread-safe. Unbounded: what is put into one is bounded by those who use it.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/clock.h"

namespace downsampled {

template <typename T>
class Mailbox {
 public:
  void put(T value) {
    {
      std::lock_guard lock(mutex_);
      values_.push_back(std::move(value));
    }
    arrived_.notify_one();
  }

  /// Waits for a value; empty when `stop` is requested.
  std::optional<T> take(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, stop, [&] { return !values_.empty(); });
    return stop.stop_requested() ? std::nullopt : pop();
  }

  /// Waits at most `patience` for a value; empty when there is none by then, or on `stop`.
  std::optional<T> take_for(Duration patience, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, stop, patience, [&] { return !values_.empty(); });
    return stop.stop_requested() ? std::nullopt : pop();
  }

 private:
  std::optional<T> pop() {
    if (values_.empty()) return std::nullopt;
    std::optional<T> value(std::move(values_.front()));
    values_.pop_front();
    return value;
  }

  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::deque<T> values_;
};

}  // namespace downsampled
