#include "event_sink.h"

#include <string>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/text.h"

namespace sous::apps {
namespace {

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

spdlog::level::level_enum lowest_of(cli::Verbosity verbosity) {
  switch (verbosity) {
    case cli::Verbosity::silent:
    case cli::Verbosity::quiet:
      return spdlog::level::err;
    case cli::Verbosity::normal:
      return spdlog::level::warn;
    case cli::Verbosity::loud:
      return spdlog::level::info;
    case cli::Verbosity::debug:
      return spdlog::level::debug;
  }
  return spdlog::level::warn;
}

}  // namespace

StderrEvents::StderrEvents()
    : logger_(std::make_unique<spdlog::logger>("sous",
                                               std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_pattern("%l: %v");
  set_verbosity(cli::Verbosity::normal);
}

StderrEvents::~StderrEvents() = default;

void StderrEvents::set_verbosity(cli::Verbosity verbosity) {
  logger_->set_level(lowest_of(verbosity));
}

void StderrEvents::emit(const Event& event) {
  std::string line = event.text;
  for (const auto& [name, value] : event.fields) {
    line += " " + name + "=" + quote(value);
  }
  logger_->log(level_of(event.level), line);
}

}  // namespace sous::apps
