#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace sous {

/// A first-in-first-out queue that refuses when full. Not thread-safe by itself: put it in Locked,
/// and wait for it with an Executor's Signal.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  /// False, leaving `value` as it was, when the queue is full.
  [[nodiscard]] bool push(T&& value) {
    if (items_.size() >= capacity_) {
      return false;
    }
    items_.push_back(std::move(value));
    return true;
  }

  std::optional<T> pop() {
    if (items_.empty()) {
      return std::nullopt;
    }
    T front = std::move(items_.front());
    items_.pop_front();
    return front;
  }

  std::size_t size() const noexcept { return items_.size(); }

  bool empty() const noexcept { return items_.empty(); }

 private:
  std::size_t capacity_;
  std::deque<T> items_;
};

}  // namespace sous
