#include "adapters/scheduler_singularity/giving.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "adapters/scheduler_singularity/ids.h"

namespace sous::scheduler_singularity {
namespace {

// An id is used up without a run only where two deploys raced; never so often in a row.
constexpr std::uint32_t kAttempts = 5;
constexpr int kClearTries = 30;
constexpr std::string_view kUsedId = "already been deployed";

std::string_view type_of(Kind kind) {
  switch (kind) {
    case Kind::http_service:
      return "SERVICE";
    case Kind::worker:
      return "WORKER";
    case Kind::on_demand:
      return "ON_DEMAND";
    case Kind::scheduled:
      return "SCHEDULED";
    case Kind::once:
      return "RUN_ONCE";
  }
  return "SERVICE";
}

WantedRequest wanted_of(const DeployOrder& order, const std::string& request) {
  const Deployment& deployment = order.deployment;
  const bool scheduled = deployment.kind == Kind::scheduled;
  return {.id = request,
          .type = std::string(type_of(deployment.kind)),
          .instances = scheduled ? 1 : deployment.spec.num_instances,
          .owners = {deployment.owners.begin(), deployment.owners.end()},
          .schedule = scheduled ? deployment.spec.schedule : ""};
}

// What goes away by itself; a conflict of this kind is not one of intents.
Error busy(Error error) {
  return error.code() == Code::conflict ? Error(std::move(error).as(Code::unavailable))
                                        : std::move(error);
}

Status busy(Status status) { return status ? ok() : Status(busy(std::move(status.error()))); }

/// What a request holds that matters to an order.
struct Present {
  std::optional<DeployRecord> active;
  std::optional<DeployRecord> pending;
};

Result<Present> present_in(const RequestView& view) {
  Present out;
  if (view.active_deploy) {
    out.active = SOUS_TRY(from_deploy(*view.active_deploy));
  }
  if (view.pending_deploy) {
    out.pending = SOUS_TRY(from_deploy(*view.pending_deploy));
  }
  return out;
}

Error not_ours(const DeployOrder& order, const RequestView& view) {
  return Error(Code::failed,
               fmt::format("request {} is there already and is not that of {}",
                           view.id,
                           order.deployment.id.str()))
      .hinted("choose another SingularityRequestID");
}

bool is_foreign(const DeployOrder& order, const std::optional<DeployRecord>& record) {
  return !record || record->deployment != order.deployment.id;
}

// Things that Sous did not make are never touched.
Status check_owner(const DeployOrder& order, const RequestView& view, const Present& present) {
  if (view.active ? is_foreign(order, present.active)
                  : view.pending && is_foreign(order, present.pending)) {
    return not_ours(order, view);
  }
  return ok();
}

Status check_generation(const DeployOrder& order, const std::optional<DeployRecord>& record) {
  if (!record || record->gdm_id != order.gdm_id) {
    return ok();
  }
  if (record->generation > order.generation) {
    return Error(Code::conflict,
                 fmt::format("generation {} of {} is there already, {} is older",
                             record->generation,
                             order.deployment.id.str(),
                             order.generation))
        .hinted("a newer GDM gave it: fetch and plan again");
  }
  if (record->generation == order.generation && record->image != order.image) {
    return Error(Code::conflict,
                 fmt::format("generation {} of {} is there already with {}, not {}",
                             record->generation,
                             order.deployment.id.str(),
                             record->image ? record->image->str() : "a tag",
                             order.image.str()));
  }
  return ok();
}

bool is_generation(const DeployOrder& order, const std::optional<DeployRecord>& record) {
  return record && record->gdm_id == order.gdm_id && record->generation == order.generation;
}

}  // namespace

Result<Pause> pause_of(SingularityApi& api, const std::string& request, const Call& call) {
  for (const auto& event : SOUS_TRY(api.events(request, call))) {
    if (event.type == "PAUSED") {
      return Pause{.by_sous = event.message.starts_with(kPauseMessage),
                   .words = fmt::format("paused in Singularity by {}{}{}",
                                        event.user.empty() ? "somebody" : event.user,
                                        event.message.empty() ? "" : ": ",
                                        event.message)};
    }
  }
  return Pause{.by_sous = false, .words = "paused in Singularity"};
}

Result<std::optional<RequestView>> Giving::read(const std::string& id, const Call& call) {
  auto view = parts_.sightings.read(id, call);
  if (!view && view.error().code() == Code::not_found) {
    return std::optional<RequestView>();
  }
  return std::optional(SOUS_TRY(std::move(view)));
}

// The manifest's own request; else where the deployment lives; else where the original put it.
Result<Giving::Target> Giving::target_of(const DeployOrder& order, const Call& call) {
  const DeploymentId& id = order.deployment.id;
  const std::string own = request_id(order.gdm_id, id);
  std::string chosen = order.deployment.spec.singularity_request_id;
  if (chosen.empty()) {
    const auto ours = parts_.homes.requests_of({order.gdm_id, id});
    const auto originals = parts_.homes.requests_of({"", id});
    chosen = ours.contains(own)   ? own
             : !ours.empty()      ? *ours.begin()
             : !originals.empty() ? *originals.begin()
                                  : own;
  }
  auto view = SOUS_TRY(read(chosen, call));
  if (view || chosen != own) {
    return Target{std::move(chosen), std::move(view)};
  }
  const std::string original = original_request_id(id);
  if (!parts_.homes.is_complete() && !parts_.sightings.is_known_absent(original)) {
    auto older = SOUS_TRY(read(original, call));
    if (older) {
      const auto present = present_in(*older);
      if (present && present->active && present->active->gdm_id.empty() &&
          present->active->deployment == id) {
        return Target{original, std::move(older)};
      }
    }
  }
  return Target{std::move(chosen), std::nullopt};
}

void Giving::place(const DeployOrder& order,
                   const std::string& request,
                   const std::string& deploy) {
  parts_.homes.place({order.gdm_id, order.deployment.id},
                     {.request = request,
                      .deploy = deploy,
                      .generation = order.generation,
                      .changed_at = parts_.clock.now()});
}

// Singularity needs a pass or two for a removal or a cancellation.
Result<Giving::Target> Giving::cleared_target(const DeployOrder& order, const Call& call) {
  std::string cancelled;
  for (int i = 0; i < kClearTries; ++i) {
    Target target = SOUS_TRY(target_of(order, call));
    if (!target.view) {
      return target;
    }
    const RequestView& view = *target.view;
    const auto present = SOUS_TRY(present_in(view));
    const bool ours_is_on_its_way = view.pending && present.pending &&
                                    present.pending->gdm_id == order.gdm_id &&
                                    present.pending->deployment == order.deployment.id &&
                                    present.pending->generation < order.generation;
    if (ours_is_on_its_way && cancelled != view.pending->deploy_id) {
      cancelled = view.pending->deploy_id;
      auto answer = parts_.api.cancel_deploy(view.id, cancelled, call);
      // Refused: it has just ended by itself.
      if (!answer && answer.error().code() != Code::failed) {
        return busy(std::move(answer.error()));
      }
    } else if (!ours_is_on_its_way && view.state != "DELETING" &&
               (cancelled.empty() || view.pending_work != cancelled)) {
      return target;
    }
    SOUS_TRY_VOID(parts_.clock.sleep(std::chrono::seconds(1), call));
  }
  return Error(
      Code::unavailable,
      fmt::format("Singularity still {}",
                  cancelled.empty() ? "deletes the request" : "cancels deploy " + cancelled));
}

Status Giving::make_request(const WantedRequest& wanted, const Target& target, const Call& call) {
  auto made =
      parts_.api.post_request(encode_request(wanted, target.view ? target.view->body : "{}"), call);
  if (!made) {
    return busy(std::move(made.error()));
  }
  if (made->state == "DELETING") {
    return Error(Code::unavailable, fmt::format("request {} is being deleted", wanted.id));
  }
  return ok();
}

Result<bool> Giving::is_taken(const std::string& request,
                              const std::string& deploy,
                              const Call& call) {
  auto entry = parts_.api.deploy(request, deploy, call);
  if (!entry && entry.error().code() == Code::not_found) {
    return false;
  }
  SOUS_TRY_VOID(entry.map([](const DeployEntry&) {}));
  if (entry->outcome) {
    return true;
  }
  const auto view = SOUS_TRY(parts_.sightings.read(request, call));
  return view.is_pending(deploy) || (view.active && view.active->deploy_id == deploy);
}

Status Giving::post(const DeployOrder& order,
                    const Target& target,
                    WantedDeploy wanted,
                    const Call& call) {
  for (std::uint32_t attempt = 1; attempt <= kAttempts; ++attempt) {
    wanted.id = deploy_id(order.gdm_id,
                          order.deployment.id,
                          order.deployment.spec.version,
                          order.generation,
                          attempt);
    wanted.metadata = to_metadata(order, attempt);
    auto posted = parts_.api.post_deploy(encode_deploy(wanted), call);
    if (posted) {
      place(order, target.request, wanted.id);
      return ok();
    }
    const bool used =
        posted.error().code() == Code::failed && posted.error().message().contains(kUsedId);
    if (!used) {
      return busy(std::move(posted));
    }
    // An earlier call got through, though its answer was lost, or this generation was tried before.
    if (SOUS_TRY(is_taken(target.request, wanted.id, call))) {
      place(order, target.request, wanted.id);
      return ok();
    }
  }
  return Error(Code::failed,
               fmt::format("Singularity takes none of {} deploy ids for generation {} of {}",
                           kAttempts,
                           order.generation,
                           order.deployment.id.str()));
}

Status Giving::give(const DeployOrder& order, const Call& call) {
  const Target target = SOUS_TRY(cleared_target(order, call));
  const WantedRequest request = wanted_of(order, target.request);
  WantedDeploy deploy{.id = {},
                      .request_id = target.request,
                      .image = order.image.str(),
                      .kind = order.deployment.kind,
                      .spec = order.deployment.spec,
                      .metadata = {},
                      .message = deploy_message(order),
                      .updated_request = {}};
  if (!target.view) {
    SOUS_TRY_VOID(make_request(request, target, call));
    return post(order, target, std::move(deploy), call);
  }
  const RequestView& view = *target.view;
  const auto present = SOUS_TRY(present_in(view));
  SOUS_TRY_VOID(check_owner(order, view, present));
  SOUS_TRY_VOID(check_generation(order, present.active));
  SOUS_TRY_VOID(check_generation(order, present.pending));
  if (view.state == "PAUSED") {
    const Pause pause = SOUS_TRY(pause_of(parts_.api, view.id, call));
    if (!pause.by_sous) {
      return Error(Code::failed, fmt::format("request {} is {}", view.id, pause.words))
          .hinted("unpause it in Singularity, then deploy again");
    }
    deploy.unpauses = true;
  }
  if (is_generation(order, present.pending)) {
    place(order, view.id, view.pending->deploy_id);
    return ok();
  }
  if (is_generation(order, present.active) && !deploy.unpauses) {
    place(order, view.id, view.active->deploy_id);
    return ok();
  }
  const std::string work = view.pending ? view.pending->deploy_id : view.pending_work;
  if (!work.empty()) {
    return Error(Code::unavailable,
                 fmt::format("Singularity works on another deploy of {}: {}", view.id, work));
  }
  if (differs(request, view.body)) {
    // Beside an active deploy the change waits for the new one's success.
    if (view.active) {
      deploy.updated_request = encode_request(request, view.body);
    } else {
      SOUS_TRY_VOID(make_request(request, target, call));
    }
  }
  return post(order, target, std::move(deploy), call);
}

}  // namespace sous::scheduler_singularity
