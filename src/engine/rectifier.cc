#include "engine/rectifier.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace sous::engine {
namespace {

constexpr std::uint32_t kDefaultTimeout = 30;
constexpr std::uint32_t kDefaultInterval = 1;
constexpr std::uint32_t kDefaultRetries = 30;
constexpr std::uint32_t kRoom = 10;
constexpr std::uint64_t kLongest = 24ULL * 60 * 60;

/// A call that was cancelled says nothing of what it began.
bool may_still_happen(Code code) { return is_transient(code) || code == Code::cancelled; }

}  // namespace

Duration health_limit(const Startup& startup) {
  const std::uint64_t seconds =
      std::uint64_t{startup.connect_delay.value_or(0)} + startup.timeout.value_or(kDefaultTimeout) +
      std::uint64_t{startup.check_ready_interval.value_or(kDefaultInterval)} *
          startup.check_ready_retries.value_or(kDefaultRetries) +
      kRoom;
  return std::chrono::seconds(std::min(seconds, kLongest));
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
    reason_.clear();
    hint_.clear();
    state_ = OperationState::waiting;
    health_deadline_ = now + goal_.health_limit;
    return Look{};
  }
  // Applying is idempotent, so an answer that was lost is asked for again.
  ++failed_attempts_;
  reason_ = answer.error().text();
  hint_ = answer.error().hint();
  if (const auto delay =
          retry_delay(goal_.retry, answer.error().code(), failed_attempts_, random)) {
    return Apply{*delay};
  }
  if (may_still_happen(answer.error().code())) {
    return end(OperationState::unverified, reason_);
  }
  if (answer.error().code() == Code::conflict) {
    // A newer generation is there. Settling ours as failed could end what serves until that one is
    // healthy.
    return superseded(reason_);
  }
  return settle(false, reason_);
}

Rectification::Call Rectification::looked(const Result<ObservedDeployment>& answer,
                                          MonoTime now,
                                          std::uint64_t random) {
  if (!answer) {
    if (answer.error().code() == Code::not_found) {
      failed_attempts_ = 0;
      return last_seen_ ? settle(false, "the cluster does not have the deployment any more")
                        : look_again(now, "the cluster does not show it");
    }
    ++failed_attempts_;
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
  if (answer->generation < goal_.generation) {
    // A cluster may answer from before it took the order; that says nothing of the new generation.
    return look_again(now,
                      fmt::format("the cluster still shows generation {}", answer->generation));
  }
  if (answer->running && *answer->running != goal_.digest &&
      std::ranges::find(goal_.platform_digests, *answer->running) == goal_.platform_digests.end()) {
    return settle(
        false,
        fmt::format(
            "the cluster runs image {} instead of {}", answer->running->str(), goal_.digest.str()));
  }
  switch (answer->health) {
    case Health::healthy:
      return settle(true, "healthy");
    case Health::failed:
      return settle(false, answer->message.empty() ? "it failed" : answer->message);
    case Health::stopped:
      return settle(false, answer->message.empty() ? "it was stopped" : answer->message);
    case Health::pending:
    case Health::unknown:
      break;
  }
  return look_again(now, answer->message);
}

Rectification::Call Rectification::look_again(MonoTime now, const std::string& why) {
  if (health_deadline_ && now >= *health_deadline_) {
    return settle(false,
                  fmt::format("not healthy within {}{}{}",
                              format_duration(goal_.health_limit),
                              why.empty() ? "" : ": ",
                              why));
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

Rectification::Call Rectification::cancelled(std::string reason) {
  return settle(false, std::move(reason));
}

Rectification::Call Rectification::settle(bool succeeded, std::string reason) {
  if (!succeeded && !goal_.ends_what_fails) {
    return end(OperationState::failed, std::move(reason));
  }
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
