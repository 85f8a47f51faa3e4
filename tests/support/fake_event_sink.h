#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/locked.h"
#include "ports/event_sink.h"

namespace sous::support {

/// Keeps every event. Thread-safe.
class FakeEventSink final : public EventSink {
 public:
  struct Recorded {
    Level level;
    std::string name;
    std::string text;
    std::vector<std::pair<std::string, std::string>> fields;
  };

  void emit(const Event& event) override {
    auto events = events_.lock();
    events->push_back({event.level, std::string(event.name), event.text, event.fields});
  }

  std::vector<Recorded> events() {
    auto events = events_.lock();
    return *events;
  }

  /// How many events of that name there were.
  std::size_t count(std::string_view name) {
    const auto all = events();
    return static_cast<std::size_t>(std::ranges::count(all, name, &Recorded::name));
  }

 private:
  Locked<std::vector<Recorded>> events_;
};

}  // namespace sous::support
