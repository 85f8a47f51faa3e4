#include "adapters/events_spdlog/line_events.h"

#include <cstddef>
#include <string>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/text.h"

namespace sous::events_spdlog {
namespace {

constexpr std::size_t kLongestText = 4096;

using StreamSink = spdlog::sinks::stdout_sink_base<spdlog::details::console_mutex>;

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

LineEvents::LineEvents(std::FILE* stream)
    : logger_(std::make_unique<spdlog::logger>("sous", std::make_shared<StreamSink>(stream))) {
  logger_->set_pattern("%l: %v");
  show_from(Level::warning);
}

LineEvents::~LineEvents() = default;

void LineEvents::show_from(Level lowest) { logger_->set_level(level_of(lowest)); }

void LineEvents::emit(const Event& event) {
  // A text of several lines, or with control characters, must not look like several events.
  std::string line = is_plain_text(event.text) ? event.text : quote(event.text, kLongestText);
  for (const auto& [name, value] : event.fields) {
    line += " " + name + "=" + quote(value);
  }
  logger_->log(level_of(event.level), line);
}

}  // namespace sous::events_spdlog
