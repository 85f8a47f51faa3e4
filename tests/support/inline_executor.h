#pragma once

#include "ports/executor.h"

namespace sous::support {

/// Runs each task where it is started, to its end. Nothing to wait for ever comes later.
class InlineExecutor final : public Executor {
 public:
  std::unique_ptr<Task> start(std::string /*name*/, Body body) override {
    body({});
    return std::make_unique<Done>();
  }

  std::unique_ptr<Signal> make_signal() override { return std::make_unique<Never>(); }

 private:
  class Done final : public Task {
   public:
    void request_stop() override {}

    void join() override {}
  };

  class Never final : public Signal {
   public:
    void notify() override {}

    Woken wait(const Call& /*call*/) override { return Woken::stopped; }
  };
};

}  // namespace sous::support
