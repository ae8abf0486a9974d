// The latest immutable value of something: writers replace it whole, readers take a pointer to the
// one that is current and keep it as long as they like. The mutex is held for one pointer copy
// (std::atomic<std::shared_ptr> would do the same, but TSan cannot see libstdc++'s lock in it).
// Thread-safe.
#pragma once

#include <memory>
#include <utility>

#include "base/guarded.h"

namespace downsampled {

template <typename T>
class Published {
 public:
  /// The current value; null until the first publish().
  std::shared_ptr<const T> get() const { return *value_.lock(); }

  void publish(std::shared_ptr<const T> value) {
    value_.lock()->swap(value);  // the old value dies here, after the lock was given back
  }

 private:
  mutable Guarded<std::shared_ptr<const T>> value_;
};

}  // namespace downsampled
