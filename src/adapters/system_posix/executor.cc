#include "adapters/system_posix/executor.h"

#include <pthread.h>

#include <exception>
#include <thread>
#include <utility>

#include "adapters/system_posix/waiting.h"

namespace sous::system_posix {
namespace {

constexpr std::size_t kShownName = 15;

void name_this_thread(const std::string& name) {
  ::pthread_setname_np(::pthread_self(), name.substr(0, kShownName).c_str());
}

void report(EventSink& events, const std::string& name, std::string what) {
  events.emit({.level = Level::error,
               .name = "task.failed",
               .text = "the task " + name + " ended by an exception: " + std::move(what),
               .fields = {{"task", name}}});
}

// The entry of every thread: nothing gets past it.
void run_body(EventSink& events,
              const std::string& name,
              const Executor::Body& body,
              const std::stop_token& stop) {
  name_this_thread(name);
  try {
    body(stop);
  } catch (const std::exception& e) {
    report(events, name, e.what());
  } catch (...) {
    report(events, name, "of an unknown kind");
  }
}

class ThreadTask final : public Task {
 public:
  ThreadTask(EventSink& events, std::string name, Executor::Body body)
      : thread_([&events, name = std::move(name), body = std::move(body)](
                    const std::stop_token& stop) { run_body(events, name, body, stop); }) {}

  void request_stop() override { thread_.request_stop(); }

  void join() override {
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  std::jthread thread_;
};

class ThreadSignal final : public Signal {
 public:
  void notify() override {
    {
      const std::lock_guard lock(mutex_);
      notified_ = true;
    }
    changed_.notify_one();
  }

  Woken wait(const Call& call) override {
    std::unique_lock lock(mutex_);
    if (wait_for(changed_, lock, call.stop, call.deadline, [this] { return notified_; })) {
      notified_ = false;
      return Woken::notified;
    }
    return call.stop.stop_requested() ? Woken::stopped : Woken::deadline;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool notified_ = false;
};

}  // namespace

std::unique_ptr<Task> ThreadExecutor::start(std::string name, Body body) {
  return std::make_unique<ThreadTask>(events_, std::move(name), std::move(body));
}

std::unique_ptr<Signal> ThreadExecutor::make_signal() { return std::make_unique<ThreadSignal>(); }

}  // namespace sous::system_posix
