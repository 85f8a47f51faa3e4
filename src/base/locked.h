#pragma once

#include <mutex>
#include <utility>

namespace sous {

/// A value together with its mutex; the only way to the value is a guard. Never hold a guard over
/// a port call.
template <typename T>
class Locked {
 public:
  Locked() = default;

  explicit Locked(T value) : value_(std::move(value)) {}

  class Guard {
   public:
    T* operator->() & { return value_; }

    T& operator*() & { return *value_; }

    T* operator->() && = delete;
    T& operator*() && = delete;

   private:
    friend class Locked;

    Guard(std::mutex& mutex, T& value) : lock_(mutex), value_(&value) {}

    std::unique_lock<std::mutex> lock_;
    T* value_;
  };

  Guard lock() { return Guard(mutex_, value_); }

 private:
  std::mutex mutex_;
  T value_{};
};

}  // namespace sous
