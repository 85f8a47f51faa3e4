#pragma once

#include <cstdio>
#include <memory>

#include "ports/event_sink.h"

namespace spdlog {
class logger;  // NOLINT(readability-identifier-naming)
}  // namespace spdlog

namespace sous::events_spdlog {

/// Each event as one line of a stream: its level, its text, its fields as `name="value"`.
/// Thread-safe.
class LineEvents final : public EventSink {
 public:
  /// Shows warnings and errors. `stream` is not owned.
  explicit LineEvents(std::FILE* stream);
  ~LineEvents() override;
  LineEvents(const LineEvents&) = delete;
  LineEvents& operator=(const LineEvents&) = delete;

  /// Events below `lowest` are left out from now on.
  void show_from(Level lowest);
  void emit(const Event& event) override;

 private:
  std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace sous::events_spdlog
