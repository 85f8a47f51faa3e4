#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sous {

enum class Level : std::uint8_t { debug, info, warning, error };

/// Something worth telling an operator: a stable name, a sentence, and fields. Never a secret.
struct Event {
  Level level = Level::info;
  std::string_view name;
  std::string text;
  std::vector<std::pair<std::string, std::string>> fields;
};

/// Where events go. Thread-safe; never blocks for long and never fails.
class EventSink {
 public:
  virtual ~EventSink() = default;

  virtual void emit(const Event& event) = 0;
};

}  // namespace sous
