#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "engine/retry.h"
#include "model/deployment.h"
#include "model/operation.h"

namespace sous::engine {

/// What one rectification is to bring about, and how long it may take.
struct RectifyGoal {
  std::uint64_t generation = 0;
  Digest digest;
  std::vector<Digest>
      platform_digests{};  ///< of an image index: a running one of them is the image
  Duration health_limit;   ///< from the order's acceptance to health
  Duration poll = std::chrono::milliseconds(250);
  RetryPolicy retry{};
  /// Whether a failure ends the generation. Scaling one that serves must not end it.
  bool ends_what_fails = true;
};

/// The time a specification grants an instance to become ready, with some room for the scheduler.
Duration health_limit(const Startup& startup);

/// One deployment on its way to one generation, as a state machine: an event in, the next call out
/// (design.md section 11). Pure: the caller makes the calls, waits, and knows the time.
class Rectification {
 public:
  struct Apply {
    Duration after{0};
  };

  struct Look {
    Duration after{0};
  };

  /// Tell the scheduler how it ended, so that either the old or the new instances go.
  struct Settle {
    bool succeeded = false;
    Duration after{0};
  };

  struct End {};

  using Call = std::variant<Apply, Look, Settle, End>;

  explicit Rectification(RectifyGoal goal);

  Call start();
  Call applied(const Status& answer, MonoTime now, std::uint64_t random);
  Call looked(const Result<ObservedDeployment>& answer, MonoTime now, std::uint64_t random);
  Call settled(const Status& answer, std::uint64_t random);
  /// Somebody asked for its end: what was begun is taken back, as after a failure.
  Call cancelled(std::string reason);
  /// The intent has changed meanwhile: what was begun is left to whoever changed it.
  Call superseded(std::string reason);

  OperationState state() const noexcept { return state_; }

  const std::string& reason() const noexcept { return reason_; }

  /// What to do about the scheduler's refusal; empty when it says nothing of that.
  const std::string& hint() const noexcept { return hint_; }

  /// The scheduler's last words on the deployment, if it was ever seen.
  const std::optional<ObservedDeployment>& last_seen() const noexcept { return last_seen_; }

 private:
  Call look_again(MonoTime now, const std::string& why);
  Call end(OperationState state, std::string reason);
  Call settle(bool succeeded, std::string reason);

  RectifyGoal goal_;
  OperationState state_ = OperationState::queued;
  std::string reason_;
  std::string hint_;
  std::uint32_t failed_attempts_ = 0;
  std::optional<MonoTime> health_deadline_;
  std::optional<ObservedDeployment> last_seen_;
  bool settle_as_success_ = false;
};

}  // namespace sous::engine
