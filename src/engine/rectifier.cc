#include "engine/rectifier.h"

#include <utility>

#include <fmt/format.h>

namespace sous::engine {
namespace {

constexpr std::uint32_t kDefaultTimeout = 30;
constexpr std::uint32_t kDefaultInterval = 1;
constexpr std::uint32_t kDefaultRetries = 30;
constexpr std::uint32_t kRoom = 10;

}  // namespace

Duration health_limit(const Startup& startup) {
  const std::uint64_t seconds =
      std::uint64_t{startup.connect_delay.value_or(0)} + startup.timeout.value_or(kDefaultTimeout) +
      std::uint64_t{startup.check_ready_interval.value_or(kDefaultInterval)} *
          startup.check_ready_retries.value_or(kDefaultRetries) +
      kRoom;
  return std::chrono::seconds(seconds);
}

Rectification::Rectification(RectifyGoal goal) : goal_(std::move(goal)) {}

Rectification::Call Rectification::start() {
  state_ = OperationState::applying;
  return Apply{};
}

Rectification::Call Rectification::applied(const Status& answer,
                                           MonoTime now,
                                           std::uint64_t random) {
  if (answer) {
    failed_attempts_ = 0;
    state_ = OperationState::waiting;
    health_deadline_ = now + goal_.health_limit;
    return Look{};
  }
  // Applying is idempotent, so an answer that was lost is asked for again.
  ++failed_attempts_;
  reason_ = answer.error().text();
  if (const auto delay =
          retry_delay(goal_.retry, answer.error().code(), failed_attempts_, random)) {
    return Apply{*delay};
  }
  if (is_transient(answer.error().code())) {
    return end(OperationState::unverified, reason_);
  }
  return settle(false, reason_);
}

Rectification::Call Rectification::looked(const Result<ObservedDeployment>& answer,
                                          MonoTime now,
                                          std::uint64_t random) {
  if (!answer) {
    ++failed_attempts_;
    if (answer.error().code() == Code::not_found) {
      return settle(false, "the cluster does not have the deployment any more");
    }
    if (const auto delay =
            retry_delay(goal_.retry, answer.error().code(), failed_attempts_, random)) {
      return Look{*delay};
    }
    return end(OperationState::unverified, answer.error().text());
  }
  failed_attempts_ = 0;
  last_seen_ = *answer;
  if (answer->generation > goal_.generation) {
    return superseded(fmt::format("generation {} was given meanwhile", answer->generation));
  }
  if (answer->running && *answer->running != goal_.digest) {
    return settle(
        false,
        fmt::format(
            "the cluster runs image {} instead of {}", answer->running->str(), goal_.digest.str()));
  }
  switch (answer->health) {
    case Health::healthy:
      return settle(true, "healthy");
    case Health::failed:
      return settle(false, answer->message);
    case Health::stopped:
      return settle(false, answer->message.empty() ? "it was stopped" : answer->message);
    case Health::pending:
    case Health::unknown:
      break;
  }
  if (health_deadline_ && now >= *health_deadline_) {
    return settle(false,
                  fmt::format("not healthy within {}{}{}",
                              format_duration(goal_.health_limit),
                              answer->message.empty() ? "" : ": ",
                              answer->message));
  }
  return Look{goal_.poll};
}

Rectification::Call Rectification::settled(const Status& answer, std::uint64_t random) {
  if (answer) {
    return end(settle_as_success_ ? OperationState::succeeded : OperationState::failed, reason_);
  }
  ++failed_attempts_;
  if (const auto delay =
          retry_delay(goal_.retry, answer.error().code(), failed_attempts_, random)) {
    return Settle{settle_as_success_, *delay};
  }
  if (settle_as_success_) {
    // What was asked for runs; the next rectification ends what it replaced.
    return end(
        OperationState::succeeded,
        fmt::format("healthy, but what it replaces could not be ended: {}", answer.error().text()));
  }
  return end(OperationState::failed, reason_);
}

Rectification::Call Rectification::superseded(std::string reason) {
  return end(OperationState::superseded, std::move(reason));
}

Rectification::Call Rectification::settle(bool succeeded, std::string reason) {
  reason_ = std::move(reason);
  failed_attempts_ = 0;
  settle_as_success_ = succeeded;
  return Settle{succeeded};
}

Rectification::Call Rectification::end(OperationState state, std::string reason) {
  state_ = state;
  reason_ = std::move(reason);
  return End{};
}

}  // namespace sous::engine
