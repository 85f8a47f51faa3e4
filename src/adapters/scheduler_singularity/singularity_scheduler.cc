#include "adapters/scheduler_singularity/singularity_scheduler.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "adapters/scheduler_singularity/ids.h"
#include "adapters/scheduler_singularity/judge.h"

namespace sous::scheduler_singularity {
namespace {

using std::chrono::seconds;

constexpr std::size_t kLogLines = 20;
constexpr std::size_t kHistory = 50;
constexpr std::uint32_t kAttempts = 5;
// A cleanup is done at the cleaner's next pass, five seconds away at most.
constexpr int kCleanTries = 20;

Error not_found(const Owned& owned, std::uint64_t generation) {
  return {Code::not_found,
          fmt::format("Singularity has no generation {} of {}", generation, owned.second.str())};
}

ObservedDeployment waiting(const Owned& owned,
                           const Placed& placed,
                           const SingularityOptions& options) {
  return {.id = owned.second,
          .gdm_id = owned.first,
          .generation = placed.generation,
          .scheduler_id = placed.request + "/" + placed.deploy,
          .source = {},
          .revision = {},
          .asked = {},
          .running = {},
          .effective_fingerprint = {},
          .health = Health::pending,
          .instances = 0,
          .addresses = {},
          .since = {},
          .message = "Singularity took the order",
          .last_log_lines = {},
          .link = link_of(options, placed.request, placed.deploy)};
}

bool is_owned(const std::optional<DeployFacts>& facts,
              const Owned& owned,
              std::uint64_t generation) {
  if (!facts) {
    return false;
  }
  const auto record = from_deploy(*facts);
  return record && *record && (*record)->gdm_id == owned.first &&
         (*record)->deployment == owned.second && (*record)->generation == generation;
}

}  // namespace

Result<std::string> base_url(std::string_view text) {
  const auto scheme = text.find("://");
  const bool http = text.starts_with("http://") || text.starts_with("https://");
  if (!http || text.size() == scheme + 3 || text.find_first_of(" ?#") != std::string_view::npos) {
    return Error(Code::invalid_data, fmt::format("`{}` is no address of a Singularity", text))
        .hinted("it looks like https://singularity.example:7099/singularity");
  }
  while (text.ends_with('/')) {
    text.remove_suffix(1);
  }
  return std::string(text);
}

SingularityScheduler::SingularityScheduler(
    HttpClient& http, Clock& clock, ArtifactIndex& index, Turns& turns, SingularityOptions options)
    : options_(std::move(options)),
      clock_(clock),
      api_(http, clock, turns, options_),
      sightings_(api_, clock, options_.poll),
      ledger_(api_, index, options_),
      giving_({.api = api_, .sightings = sightings_, .homes = homes_, .clock = clock}) {}

// Passes of three pollers, five seconds apart each, and the time Singularity grants a deploy to
// launch its tasks.
Duration SingularityScheduler::own_time() const { return seconds(150); }

// ---- observing --------------------------------------------------------------

Result<Observation> SingularityScheduler::observe(const Call& call) {
  Observation out{.cluster = options_.cluster,
                  .completeness = {},
                  .observed_at = clock_.wall(),
                  .deployments = {}};
  auto list = SOUS_TRY(sightings_.list(call));
  auto missing = ledger_.learn(list.requests, call);
  ledger_.forget_all_but(list.requests);
  remember_homes(list.requests);
  for (const auto& view : list.requests) {
    auto described = SOUS_TRY(describe(view, missing, call));
    if (described) {
      out.deployments.push_back(std::move(*described));
    }
  }
  if (list.unreadable > 0) {
    missing.push_back(fmt::format("{} requests without an id", list.unreadable));
  }
  if (!missing.empty()) {
    out.completeness =
        Completeness::partial("deploys in Singularity cannot be read", std::move(missing));
  }
  return out;
}

void SingularityScheduler::remember_homes(const std::vector<RequestView>& views) {
  std::map<Owned, std::set<std::string>> homes;
  for (const auto& view : views) {
    if (view.state == "DELETING") {
      continue;
    }
    for (const auto* marker : {&view.active, &view.pending}) {
      const auto known = *marker ? ledger_.deploy(view.id, (*marker)->deploy_id) : std::nullopt;
      if (known && known->record) {
        homes[{known->record->gdm_id, known->record->deployment}].insert(view.id);
      }
    }
  }
  homes_.replace(std::move(homes));
}

Result<std::optional<ObservedDeployment>> SingularityScheduler::describe(
    const RequestView& view, std::vector<std::string>& unreadable, const Call& call) {
  const auto known = [&](const std::optional<DeployMarker>& marker) {
    auto found = marker ? ledger_.deploy(view.id, marker->deploy_id) : std::nullopt;
    if (found && !found->problem.empty()) {
      unreadable.push_back(found->problem);
    }
    return found ? found->record : std::nullopt;
  };
  if (view.state == "DELETING") {
    return std::optional<ObservedDeployment>();
  }
  const auto pending = known(view.pending);
  const auto active = known(view.active);
  if (!pending && !active) {
    return std::optional<ObservedDeployment>();
  }
  ObservedDeployment out = pending
                               ? describe_pending(view, view.pending->deploy_id, *pending, options_)
                               : describe_active(view, *active, options_);
  if (!pending && view.state == "PAUSED") {
    const auto pause = pause_of(api_, view.id, call);
    if (pause && pause->by_sous) {
      return std::optional<ObservedDeployment>();
    }
    out.message = pause ? pause->words : out.message;
  } else if (active && view.tasks) {
    // While the new one is on its way, the old one serves.
    out.addresses = ledger_.addresses(tasks_of(view.tasks->healthy, view.active->deploy_id), call);
  }
  return std::optional(std::move(out));
}

// ---- one deployment ---------------------------------------------------------

Result<ObservedDeployment> SingularityScheduler::look(const DeploymentId& id,
                                                      const GdmId& gdm_id,
                                                      std::uint64_t generation,
                                                      const Call& call) {
  const Owned owned{gdm_id, id};
  auto placed = homes_.placed(owned);
  if (!placed || placed->generation != generation) {
    placed = SOUS_TRY(locate(owned, generation, call));
  }
  auto view = sightings_.watch(placed->request, placed->changed_at, call);
  if (!view && view.error().code() == Code::not_found) {
    return not_found(owned, generation);
  }
  const auto seen = SOUS_TRY(std::move(view));
  if (!seen) {
    return waiting(owned, *placed, options_);
  }
  if (seen->state == "DELETING") {
    return not_found(owned, generation);
  }
  return look_at(owned, *placed, *seen, call);
}

Result<ObservedDeployment> SingularityScheduler::look_at(const Owned& owned,
                                                         const Placed& placed,
                                                         const RequestView& view,
                                                         const Call& call) {
  const bool active = view.active && view.active->deploy_id == placed.deploy;
  const auto known = ledger_.deploy(view.id, placed.deploy);
  if (active && placed.confirmed && known && known->record) {
    ObservedDeployment out = describe_active(view, *known->record, options_);
    judge_single_run(view, out, call);
    if (view.tasks) {
      out.addresses = ledger_.addresses(tasks_of(view.tasks->healthy, placed.deploy), call);
    }
    return out;
  }
  if (!active && view.is_pending(placed.deploy)) {
    if (known && known->record) {
      return describe_pending(view, placed.deploy, *known->record, options_);
    }
    const DeployRecord record{.gdm_id = owned.first,
                              .deployment = owned.second,
                              .generation = placed.generation,
                              .version = {},
                              .revision = {},
                              .image = {},
                              .fingerprint = {}};
    ObservedDeployment out = describe_pending(view, placed.deploy, record, options_);
    out.source.reset();
    return out;
  }
  auto entry = api_.deploy(view.id, placed.deploy, call);
  if (!entry && entry.error().code() == Code::not_found) {
    return not_found(owned, placed.generation);
  }
  SOUS_TRY_VOID(entry.map([](const DeployEntry&) {}));
  if (!entry->outcome) {
    // Its marker may be gone a moment before its result is there.
    return waiting(owned, placed, options_);
  }
  if (entry->deploy) {
    ledger_.note(view.id, *entry->deploy);
  }
  if (!has_succeeded(*entry->outcome)) {
    return look_at_end(view, placed, *entry, call);
  }
  if (!active) {
    return not_found(owned, placed.generation);
  }
  if (!entry->deploy) {
    return Error(Code::unavailable,
                 fmt::format("Singularity does not tell what deploy {} is", placed.deploy));
  }
  homes_.confirm(owned, placed.deploy);
  Placed confirmed = placed;
  confirmed.confirmed = true;
  return look_at(owned, confirmed, view, call);
}

Result<ObservedDeployment> SingularityScheduler::look_at_end(const RequestView& view,
                                                             const Placed& placed,
                                                             const DeployEntry& entry,
                                                             const Call& call) {
  const auto known = ledger_.deploy(view.id, placed.deploy);
  if (!known || !known->record) {
    return Error(Code::failed,
                 fmt::format("deploy {} failed, and what it was cannot be read", placed.deploy));
  }
  ObservedDeployment out = describe_failed(view, entry, *known->record, options_);
  add_logs(out, view.id, entry, call);
  return out;
}

// The words of the task that failed. Where they cannot be had the answer is still true, so a
// failure here is none.
void SingularityScheduler::add_logs(ObservedDeployment& observed,
                                    const std::string& request,
                                    const DeployEntry& entry,
                                    const Call& call) {
  std::string task;
  for (const auto& failure : entry.outcome->failures) {
    task = task.empty() ? failure.task_id : task;
  }
  if (task.empty()) {
    const auto ended = api_.ended_tasks(request, entry.marker.deploy_id, call);
    if (!ended || ended->empty()) {
      return;
    }
    task = ended->front().id;
  }
  if (auto lines = api_.last_log_lines(task, kLogLines, call)) {
    observed.last_log_lines = std::move(*lines);
  }
}

// What runs once is good while it runs and when it came to its end.
void SingularityScheduler::judge_single_run(const RequestView& view,
                                            ObservedDeployment& observed,
                                            const Call& call) {
  if (view.type != "RUN_ONCE" || observed.instances > 0 || !view.active) {
    return;
  }
  const auto ended = api_.ended_tasks(view.id, view.active->deploy_id, call);
  if (!ended || ended->empty()) {
    observed.health = Health::pending;
    observed.message = "its task has not begun yet";
    return;
  }
  const TaskEnd& last = ended->front();
  const bool finished = last.state == "TASK_FINISHED";
  observed.health = finished ? Health::healthy : Health::failed;
  observed.message = finished ? "it ran to its end" : "its task ended: " + last.state;
  if (!finished) {
    if (auto lines = api_.last_log_lines(last.id, kLogLines, call)) {
      observed.last_log_lines = std::move(*lines);
    }
  }
}

Result<Placed> SingularityScheduler::locate(const Owned& owned,
                                            std::uint64_t generation,
                                            const Call& call) {
  auto requests = homes_.requests_of(owned);
  requests.insert(request_id(owned.first, owned.second));
  for (const auto& request : requests) {
    if (auto placed = SOUS_TRY(locate_in(request, owned, generation, call))) {
      return std::move(*placed);
    }
  }
  return not_found(owned, generation);
}

Result<std::optional<Placed>> SingularityScheduler::locate_in(const std::string& request,
                                                              const Owned& owned,
                                                              std::uint64_t generation,
                                                              const Call& call) {
  const auto view = sightings_.read(request, call);
  if (!view && view.error().code() == Code::not_found) {
    return std::optional<Placed>();
  }
  SOUS_TRY_VOID(view.map([](const RequestView&) {}));
  if (view->state == "DELETING") {
    return std::optional<Placed>();
  }
  const auto found = [&](const std::string& deploy) {
    return std::optional(
        Placed{.request = request, .deploy = deploy, .generation = generation, .changed_at = {}});
  };
  for (const auto* facts : {&view->pending_deploy, &view->active_deploy}) {
    if (is_owned(*facts, owned, generation)) {
      return found((*facts)->id);
    }
  }
  for (const auto& entry : SOUS_TRY(api_.deploys(request, kHistory, call))) {
    for (std::uint32_t attempt = 1; attempt <= kAttempts; ++attempt) {
      if (is_deploy_of(entry.marker.deploy_id, owned.first, owned.second, generation, attempt)) {
        return found(entry.marker.deploy_id);
      }
    }
  }
  return std::optional<Placed>();
}

// ---- changing ---------------------------------------------------------------

Status SingularityScheduler::apply(const DeployOrder& order, const Call& call) {
  if (order.deployment.spec.num_instances == 0) {
    return ok();
  }
  return giving_.give(order, call);
}

Status SingularityScheduler::settle(const DeploymentId& id,
                                    const GdmId& gdm_id,
                                    std::uint64_t generation,
                                    bool succeeded,
                                    const Call& call) {
  const Owned owned{gdm_id, id};
  auto placed = homes_.placed(owned);
  if (!placed || placed->generation != generation) {
    auto located = locate(owned, generation, call);
    if (!located && located.error().code() == Code::not_found) {
      if (!succeeded || homes_.requests_of(owned).empty()) {
        return ok();
      }
      return std::move(located.error());
    }
    placed = SOUS_TRY(std::move(located));
  }
  if (!succeeded) {
    const auto view = sightings_.read(placed->request, call);
    if (!view) {
      return view.error().code() == Code::not_found ? ok() : Status(view.error());
    }
    if (!view->pending || view->pending->deploy_id != placed->deploy) {
      return ok();
    }
    auto cancelled = api_.cancel_deploy(placed->request, placed->deploy, call);
    homes_.changed(owned, clock_.now());
    // It has just ended by itself.
    return !cancelled && cancelled.error().code() == Code::failed ? ok() : cancelled;
  }
  for (const auto& other : homes_.requests_of(owned)) {
    if (other != placed->request) {
      SOUS_TRY_VOID(
          api_.remove(other, encode_message("Sous: replaced by request " + placed->request), call));
    }
  }
  return ok();
}

Result<std::set<std::string>> SingularityScheduler::requests_of(const Owned& owned,
                                                                const Call& call) {
  auto requests = homes_.requests_of(owned);
  if (requests.empty() && !homes_.is_complete()) {
    SOUS_TRY_VOID(observe(call));
    requests = homes_.requests_of(owned);
  }
  requests.insert(request_id(owned.first, owned.second));
  return requests;
}

Status SingularityScheduler::scale(const DeployOrder& order, const Call& call) {
  const Owned owned{order.gdm_id, order.deployment.id};
  for (const auto& request : SOUS_TRY(requests_of(owned, call))) {
    const auto view = sightings_.read(request, call);
    if (!view && view.error().code() == Code::not_found) {
      continue;
    }
    SOUS_TRY_VOID(view.map([](const RequestView&) {}));
    if (is_owned(view->active_deploy, owned, order.generation)) {
      auto changed = change_scale(order, *view, call);
      homes_.changed(owned, clock_.now());
      return changed;
    }
    if (order.deployment.spec.num_instances == 0 && view->state != "PAUSED") {
      return api_.pause(request, encode_pause(kPauseMessage), call);
    }
  }
  return apply(order, call);
}

Status SingularityScheduler::change_scale(const DeployOrder& order,
                                          const RequestView& view,
                                          const Call& call) {
  const std::uint32_t wanted = order.deployment.spec.num_instances;
  if (wanted == 0) {
    return view.state == "PAUSED"
               ? ok()
               : when_clean([&] { return api_.pause(view.id, encode_pause(kPauseMessage), call); },
                            call);
  }
  if (view.state == "PAUSED") {
    const Pause pause = SOUS_TRY(pause_of(api_, view.id, call));
    if (!pause.by_sous) {
      return Error(Code::failed, fmt::format("request {} is {}", view.id, pause.words))
          .hinted("unpause it in Singularity, then scale again");
    }
    SOUS_TRY_VOID(api_.unpause(view.id, encode_message("Sous: instances are wanted again"), call));
  }
  if (view.instances == wanted) {
    return ok();
  }
  return when_clean([&] { return api_.scale(view.id, encode_scale(wanted, "Sous: scaled"), call); },
                    call);
}

// Tries again while a cleanup of the request is queued.
Status SingularityScheduler::when_clean(const std::function<Status()>& change, const Call& call) {
  Status answer = change();
  for (int i = 1; i < kCleanTries && !answer && answer.error().code() == Code::conflict; ++i) {
    SOUS_TRY_VOID(clock_.sleep(seconds(1), call));
    answer = change();
  }
  return answer;
}

Status SingularityScheduler::remove(const DeploymentId& id, const GdmId& gdm_id, const Call& call) {
  const Owned owned{gdm_id, id};
  for (const auto& request : SOUS_TRY(requests_of(owned, call))) {
    SOUS_TRY_VOID(api_.remove(request, encode_message("Sous: it is not wanted any more"), call));
  }
  homes_.forget(owned);
  return ok();
}

}  // namespace sous::scheduler_singularity
