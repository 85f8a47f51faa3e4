#include "adapters/scheduler_podman/ready_check.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/text.h"

namespace sous::scheduler_podman {
namespace {

using std::chrono::seconds;

// A redirect is an answer of a service that is up: where it leads is not followed.
bool is_good(int status) { return status >= 200 && status < 400; }

Verdict judge_bad(const ReadyCheck& check,
                  Duration running_for,
                  Duration bad_for,
                  std::string what) {
  const Duration retried = seconds(std::uint64_t{check.interval} * check.retries);
  const Duration at_most =
      seconds(check.connect_delay + std::uint64_t{check.startup_timeout} +
              (std::uint64_t{check.interval} + check.answer_timeout) * (check.retries + 1ULL));
  if (bad_for >= retried || running_for >= at_most) {
    return {Health::failed, std::move(what)};
  }
  return {Health::pending, std::move(what)};
}

}  // namespace

Result<ReadyCheck> ready_check_of(const Deployment& deployment) {
  const Startup& startup = deployment.spec.startup;
  ReadyCheck check;
  check.probes = deployment.kind == Kind::http_service && !startup.skip_check.value_or(false);
  const std::string protocol = to_lower_ascii(startup.check_ready_protocol.value_or("HTTP"));
  if (protocol != "http" && protocol != "https") {
    return Error(Code::failed,
                 fmt::format("the ready check's protocol `{}` is not known", protocol))
        .hinted("set CheckReadyProtocol to HTTP or HTTPS");
  }
  check.https = protocol == "https";
  if (startup.check_ready_uri_path && !startup.check_ready_uri_path->empty()) {
    check.path = *startup.check_ready_uri_path;
    if (check.path.front() != '/') {
      check.path.insert(check.path.begin(), '/');
    }
  }
  check.port_index = startup.check_ready_port_index.value_or(check.port_index);
  check.failure_statuses = startup.check_ready_failure_statuses.value_or(check.failure_statuses);
  check.connect_delay = startup.connect_delay.value_or(check.connect_delay);
  check.startup_timeout = startup.timeout.value_or(check.startup_timeout);
  // Zero would make every probe time out before it is sent.
  check.answer_timeout =
      std::max(1U, startup.check_ready_uri_timeout.value_or(check.answer_timeout));
  check.interval = startup.check_ready_interval.value_or(check.interval);
  check.retries = startup.check_ready_retries.value_or(check.retries);
  if (check.probes && check.port_index >= deployment.spec.ports()) {
    return Error(Code::failed,
                 fmt::format("the ready check asks at port index {}, but an instance has {} ports",
                             check.port_index,
                             deployment.spec.ports()))
        .hinted("raise the resource `ports`, set CheckReadyPortIndex lower, or SkipCheck: true");
  }
  return check;
}

Verdict judge(const ReadyCheck& check,
              Duration running_for,
              const ProbeAnswer& answer,
              Duration bad_for) {
  switch (answer.kind) {
    case ProbeAnswer::Kind::not_asked:
      return {Health::pending, "not probed yet"};
    case ProbeAnswer::Kind::refused: {
      const Duration limit = seconds(std::uint64_t{check.connect_delay} + check.startup_timeout);
      return {running_for >= limit ? Health::failed : Health::pending,
              fmt::format("refuses connections {} after its start", format_duration(running_for))};
    }
    case ProbeAnswer::Kind::no_answer:
      return judge_bad(
          check,
          running_for,
          bad_for,
          fmt::format("does not answer {} within {} s", check.path, check.answer_timeout));
    case ProbeAnswer::Kind::answered:
      break;
  }
  const std::string what = fmt::format("answers {} with status {}", check.path, answer.status);
  if (std::ranges::find(check.failure_statuses, static_cast<std::uint32_t>(answer.status)) !=
      check.failure_statuses.end()) {
    return {Health::failed, what};
  }
  if (is_good(answer.status)) {
    return {Health::healthy, what};
  }
  return judge_bad(check, running_for, bad_for, what);
}

}  // namespace sous::scheduler_podman
