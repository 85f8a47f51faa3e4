#include "adapters/scheduler_singularity/judge.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace sous::scheduler_singularity {
namespace {

ObservedDeployment common(const RequestView& view,
                          const std::string& deploy,
                          const DeployRecord& record,
                          const SingularityOptions& options) {
  return {.id = record.deployment,
          .gdm_id = record.gdm_id,
          .generation = record.generation,
          .scheduler_id = view.id + "/" + deploy,
          .source = SourceId{record.deployment.manifest.source(), record.version},
          .revision = record.revision,
          .asked = record.image,
          .running = {},
          .effective_fingerprint = record.fingerprint,
          .health = Health::pending,
          .instances = 0,
          .addresses = {},
          .since = {},
          .message = {},
          .last_log_lines = {},
          .link = link_of(options, view.id, deploy)};
}

bool runs_for_long(const RequestView& view) {
  return view.type == "SERVICE" || view.type == "WORKER";
}

void judge_long_running(const RequestView& view, const TaskLists& tasks, ObservedDeployment& out) {
  const auto healthy = tasks_of(tasks.healthy, view.active->deploy_id).size();
  const auto starting = tasks_of(tasks.not_yet_healthy, view.active->deploy_id).size();
  out.instances = static_cast<std::uint32_t>(healthy + starting);
  out.message = fmt::format("{} of {} instances healthy", healthy, view.instances);
  if (view.state == "SYSTEM_COOLDOWN") {
    out.health = Health::failed;
    out.message += "; Singularity lets it cool down, since its tasks keep failing";
  } else if (healthy == view.instances && starting == 0) {
    out.health = Health::healthy;
  }
}

void take_latest(const std::vector<TaskRef>& tasks, ObservedDeployment& out) {
  for (const auto& task : tasks) {
    if (!out.since || task.started_at > *out.since) {
      out.since = task.started_at;
    }
  }
}

std::string words_of(const DeployOutcome& outcome) {
  std::string out;
  for (const auto& failure : outcome.failures) {
    const std::string& words = failure.message.empty() ? failure.reason : failure.message;
    out += (out.empty() ? "" : "; ") + words;
  }
  if (out.empty()) {
    out = outcome.message.empty() ? outcome.state : outcome.message;
  }
  return fmt::format("{} ({})", out, outcome.state);
}

}  // namespace

std::vector<TaskRef> tasks_of(const std::vector<TaskRef>& tasks, const std::string& deploy) {
  std::vector<TaskRef> out;
  std::ranges::copy_if(tasks, std::back_inserter(out), [&](const TaskRef& task) {
    return task.deploy_id == deploy;
  });
  return out;
}

ObservedDeployment describe_active(const RequestView& view,
                                   const DeployRecord& record,
                                   const SingularityOptions& options) {
  ObservedDeployment out = common(view, view.active->deploy_id, record, options);
  if (record.image) {
    out.running = record.image->digest;
  }
  out.since = view.active->at;
  if (view.state == "PAUSED") {
    out.health = Health::stopped;
    out.message = "paused in Singularity";
    return out;
  }
  if (view.tasks && runs_for_long(view)) {
    judge_long_running(view, *view.tasks, out);
    take_latest(tasks_of(view.tasks->healthy, view.active->deploy_id), out);
  } else {
    // On demand, by a schedule, or of a Singularity that does not tell: it is there to be run.
    out.health = view.state == "SYSTEM_COOLDOWN" ? Health::failed : Health::healthy;
    out.instances = runs_for_long(view) ? view.instances
                    : view.tasks        ? static_cast<std::uint32_t>(view.tasks->healthy.size() +
                                                              view.tasks->not_yet_healthy.size())
                                        : 0;
    out.message = view.state == "FINISHED" ? "its schedule has no further date" : "deployed";
  }
  return out;
}

ObservedDeployment describe_pending(const RequestView& view,
                                    const std::string& deploy,
                                    const DeployRecord& record,
                                    const SingularityOptions& options) {
  ObservedDeployment out = common(view, deploy, record, options);
  out.message = "Singularity works on the deploy";
  if (view.pending && view.pending->deploy_id == deploy) {
    out.since = view.pending->at;
  }
  if (view.tasks) {
    const auto healthy = tasks_of(view.tasks->healthy, deploy).size();
    const auto starting = tasks_of(view.tasks->not_yet_healthy, deploy).size();
    const auto waiting = std::ranges::count(view.tasks->pending, deploy);
    out.instances = static_cast<std::uint32_t>(healthy + starting);
    out.message +=
        fmt::format(": {} healthy, {} starting, {} waiting for room", healthy, starting, waiting);
  }
  return out;
}

ObservedDeployment describe_failed(const RequestView& view,
                                   const DeployEntry& entry,
                                   const DeployRecord& record,
                                   const SingularityOptions& options) {
  ObservedDeployment out = common(view, entry.marker.deploy_id, record, options);
  out.health = Health::failed;
  out.since = entry.outcome->at;
  out.message = "Deploy failure: " + words_of(*entry.outcome);
  return out;
}

bool has_succeeded(const DeployOutcome& outcome) { return outcome.state == "SUCCEEDED"; }

std::string link_of(const SingularityOptions& options,
                    const std::string& request,
                    const std::string& deploy) {
  return fmt::format("{}/request/{}/deploy/{}", options.base_url, request, deploy);
}

}  // namespace sous::scheduler_singularity
