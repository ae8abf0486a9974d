// Data that can only be reached while its lock is held (after PowerDNS's LockGuarded and Nix's
// Sync): the compiler refuses access without the lock, so a data race cannot be written.
//
//   Guarded<Table> table;
//   table.lock()->insert(key, value);
#pragma once

#include <mutex>
#include <utility>

namespace downsampled {

template <typename T>
class Guarded {
 public:
  /// Holds the lock for its lifetime; not movable, so that it cannot outlive its scope.
  class Access {
   public:
    explicit Access(Guarded& guarded) : lock_(guarded.mutex_), data_(guarded.data_) {}
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;

    T* operator->() const noexcept { return &data_; }
    T& operator*() const noexcept { return data_; }

   private:
    std::lock_guard<std::mutex> lock_;
    T& data_;
  };

  template <typename... Arguments>
  explicit Guarded(Arguments&&... arguments) : data_(std::forward<Arguments>(arguments)...) {}

  [[nodiscard]] Access lock() { return Access(*this); }

 private:
  std::mutex mutex_;
  T data_;
};

}  // namespace downsampled
