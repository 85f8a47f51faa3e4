#pragma once

#include <memory>

#include "cli/wiring.h"
#include "ports/event_sink.h"

namespace spdlog {
class logger;  // NOLINT(readability-identifier-naming)
}  // namespace spdlog

namespace sous::apps {

/// Events as lines on standard error. Thread-safe.
class StderrEvents final : public EventSink {
 public:
  StderrEvents();
  ~StderrEvents() override;
  StderrEvents(const StderrEvents&) = delete;
  StderrEvents& operator=(const StderrEvents&) = delete;

  void set_verbosity(cli::Verbosity verbosity);
  void emit(const Event& event) override;

 private:
  std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace sous::apps
