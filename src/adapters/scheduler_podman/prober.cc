#include "adapters/scheduler_podman/prober.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace sous::scheduler_podman {
namespace {

using std::chrono::seconds;

// Podman restarts a crashing container at once and for ever; so many are no accident any more.
constexpr std::uint64_t kRestartLimit = 3;
// What is remembered about bad answers, at most.
constexpr std::size_t kRemembered = 10'000;

bool runs(const ContainerDetail& detail) { return detail.status == "running"; }

HttpRequest probe_request(const InstanceRecord& record) {
  const ReadyCheck& check = record.ready;
  HttpRequest request;
  request.url = fmt::format("{}://{}:{}{}",
                            check.https ? "https" : "http",
                            record.task_host,
                            record.ports.at(check.port_index),
                            check.path);
  request.stall_limit = seconds(check.answer_timeout);
  request.max_per_host = 64;
  return request;
}

ProbeAnswer answer_of(const Result<HttpResponse>& response) {
  if (response) {
    return {ProbeAnswer::Kind::answered, response->status};
  }
  return {response.error().code() == Code::unavailable ? ProbeAnswer::Kind::refused
                                                       : ProbeAnswer::Kind::no_answer,
          0};
}

}  // namespace

std::string Instance::address() const {
  return record.ports.empty() ? "" : fmt::format("{}:{}", record.task_host, record.ports.front());
}

Status Prober::judge_all(std::span<Instance> instances, const Call& call) {
  std::vector<HttpRequest> requests;
  std::vector<std::size_t> asked;
  Duration longest = seconds(1);
  for (std::size_t i = 0; i < instances.size(); ++i) {
    const Instance& instance = instances[i];
    const ReadyCheck& check = instance.record.ready;
    if (check.probes && runs(instance.detail) &&
        running_for(instance) >= seconds(check.connect_delay)) {
      requests.push_back(probe_request(instance.record));
      asked.push_back(i);
      longest = std::max<Duration>(longest, seconds(check.answer_timeout + 1ULL));
    }
  }
  std::vector<ProbeAnswer> answers(instances.size());
  if (!requests.empty()) {
    const Call limited{call.deadline.trimmed(clock_.now() + longest), call.stop};
    http_.send_all(
        requests,
        [&](std::size_t index, const Result<HttpResponse>& response) {
          answers[asked[index]] = answer_of(response);
        },
        limited);
  }
  if (call.stop.stop_requested()) {
    return Error(Code::cancelled, "probing was cancelled");
  }
  if (call.deadline.passed(clock_.now())) {
    return Error(Code::timeout, "probing the instances took too long");
  }
  for (std::size_t i = 0; i < instances.size(); ++i) {
    instances[i].verdict = verdict(instances[i], answers[i]);
  }
  return ok();
}

Duration Prober::running_for(const Instance& instance) const {
  const auto started = instance.detail.started_at;
  return started ? std::max(Duration::zero(), clock_.wall() - *started) : Duration::zero();
}

Verdict Prober::verdict(const Instance& instance, const ProbeAnswer& answer) {
  const std::string& status = instance.detail.status;
  if (runs(instance.detail)) {
    return verdict_running(instance, answer);
  }
  if (status == "exited" || status == "stopped" || status == "stopping") {
    return verdict_stopped(instance);
  }
  if (status == "paused" || status == "removing" || status == "dead") {
    return {Health::stopped, "is " + status};
  }
  return {Health::pending, "is " + status + ", not started yet"};
}

Verdict Prober::verdict_stopped(const Instance& instance) const {
  const ContainerDetail& detail = instance.detail;
  const std::string what = fmt::format("exited with code {}", detail.exit_code);
  if (detail.restarts >= kRestartLimit) {
    return {Health::failed, fmt::format("{}, restarted {} times", what, detail.restarts)};
  }
  // Podman's restart follows within moments: only what stays down was stopped.
  if (detail.finished_at && clock_.wall() - *detail.finished_at < steady_after_) {
    return {Health::pending, what + ", about to be restarted"};
  }
  constexpr int kKilled = 137;
  constexpr int kTerminated = 143;
  const bool was_stopped =
      detail.exit_code == 0 || detail.exit_code == kKilled || detail.exit_code == kTerminated;
  return {was_stopped ? Health::stopped : Health::failed, what + " and was not restarted"};
}

Verdict Prober::verdict_running(const Instance& instance, const ProbeAnswer& answer) {
  const Duration up = running_for(instance);
  const bool steady = up >= steady_after_;
  Verdict verdict{steady ? Health::healthy : Health::pending,
                  fmt::format("running for {}", format_duration(up))};
  if (instance.record.ready.probes) {
    const bool bad = answer.kind == ProbeAnswer::Kind::no_answer ||
                     (answer.kind == ProbeAnswer::Kind::answered && answer.status >= 400);
    verdict = judge(instance.record.ready, up, answer, bad_for(instance, !bad));
  }
  const std::uint64_t restarts = instance.detail.restarts;
  if (restarts == 0 || steady) {
    return verdict;
  }
  // It has crashed and has not run for long since: one good answer proves nothing.
  verdict.message = fmt::format("crashed, restarted {} times", restarts);
  verdict.health = restarts >= kRestartLimit ? Health::failed : Health::pending;
  return verdict;
}

Duration Prober::bad_for(const Instance& instance, bool good) {
  const std::string key = fmt::format(
      "{} {}",
      instance.detail.id,
      instance.detail.started_at ? instance.detail.started_at->time_since_epoch().count() : 0);
  const MonoTime now = clock_.now();
  auto memory = first_bad_.lock();
  if (good) {
    memory->erase(key);
    return Duration::zero();
  }
  if (memory->size() >= kRemembered) {
    memory->clear();
  }
  return now - memory->try_emplace(key, now).first->second;
}

}  // namespace sous::scheduler_podman
