#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "ports/call.h"

namespace sous {

/// A running body of work. Destroying it asks it to stop and waits for its end.
class Task {
 public:
  virtual ~Task() = default;

  virtual void request_stop() = 0;
  /// Waits until the body has returned.
  virtual void join() = 0;
};

/// What a waiting thread is woken by. Any thread may notify; one thread waits. A notification that
/// comes before the wait is not lost; several before one wait count as one.
class Signal {
 public:
  enum class Woken : std::uint8_t { notified, deadline, stopped };

  virtual ~Signal() = default;

  virtual void notify() = 0;
  virtual Woken wait(const Call& call) = 0;
};

/// The only source of threads and waits (design.md section 3). In production a task is a thread; in
/// a simulation exactly one task runs at a time and a seeded scheduler hands on at every port call.
class Executor {
 public:
  using Body = std::function<void(std::stop_token)>;

  virtual ~Executor() = default;

  /// `name` is the thread's name, at most 15 bytes are shown by the system; docs/threads.md lists
  /// them.
  virtual std::unique_ptr<Task> start(std::string name, Body body) = 0;
  virtual std::unique_ptr<Signal> make_signal() = 0;
};

}  // namespace sous
