#pragma once

#include "ports/event_sink.h"
#include "ports/executor.h"

namespace sous::system_posix {

/// One thread per task, named as docs/threads.md lists them. An exception that leaves a task's body
/// ends that task only and is told to the event sink as `task.failed`.
class ThreadExecutor final : public Executor {
 public:
  /// `events` must outlive every task.
  explicit ThreadExecutor(EventSink& events) : events_(events) {}

  /// Throws std::system_error when the system has no thread left.
  std::unique_ptr<Task> start(std::string name, Body body) override;
  std::unique_ptr<Signal> make_signal() override;

 private:
  EventSink& events_;
};

}  // namespace sous::system_posix
