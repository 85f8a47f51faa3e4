#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.h"

namespace sous::support {

/// What becomes of one call of a fake port.
enum class Fate : std::uint8_t {
  done,
  lost_before,  // the call never arrived: nothing happened
  lost_after,   // it took effect, and its answer never came back
};

/// What a fake asks at the start of each of its calls, e.g. `reach("registry.manifest")`: a
/// simulation lets other threads run there and may lose the call.
class Points {
 public:
  virtual ~Points() = default;

  virtual Fate reach(std::string_view point) = 0;
};

/// Nothing is ever lost and nobody else runs.
class NoPoints final : public Points {
 public:
  Fate reach(std::string_view) override { return Fate::done; }
};

/// The one NoPoints, for default arguments. Thread-safe.
inline Points& no_points() {
  static NoPoints points;
  return points;
}

enum class Effect : std::uint8_t { reads, changes };

/// Runs `call`, a function that returns a Result, at a point; or loses it: then a call that changes
/// something fails with unverified when it took effect, and with unavailable when it did not (or
/// only reads).
template <std::invocable Call>
std::invoke_result_t<Call> at_point(Points& points,
                                    std::string_view point,
                                    Effect effect,
                                    Call call) {
  const Fate fate = points.reach(point);
  if (fate == Fate::done) {
    return call();
  }
  if (fate == Fate::lost_after) {
    if (auto result = call(); !result.has_value()) {
      return result;
    }
    if (effect == Effect::changes) {
      return Error(Code::unverified, "the answer of " + std::string(point) + " was lost");
    }
  }
  return Error(Code::unavailable, std::string(point) + " was lost");
}

}  // namespace sous::support
