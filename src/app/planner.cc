#include "app/planner.h"

#include <algorithm>
#include <utility>

#include "app/gone_images.h"
#include "app/image_search.h"
#include "engine/expand.h"

namespace sous::app {
namespace {

/// An image is asked for before it is given only where something speaks against its being there:
/// the index, or that giving it has failed. Else known images cost no request.
std::string lost(GoneImages& gone,
                 const GivenRecord* given,
                 const SourceId& source,
                 const engine::ChosenImage& chosen,
                 const Call& call) {
  const auto* decided = std::get_if<Decided>(&chosen.verdict);
  if (decided == nullptr) {
    return {};
  }
  const bool has_failed = given != nullptr && !given->removed &&
                          given->current().outcome == Outcome::failed &&
                          given->current().image.digest == decided->image.digest;
  return has_failed || gone.seems_gone(decided->image.digest, source)
             ? gone.is_gone(decided->image, source, call).value_or("")
             : std::string{};
}

/// Chooses once per version, however many clusters it goes to.
Status choose_images(Node& node, const PlanScope& scope, Planned& planned, const Call& call) {
  std::map<SourceId, std::map<std::string, engine::ChosenImage>> decided;
  const Gdm& gdm = planned.intended();
  GoneImages gone(node, gdm);
  const auto choose = [&](DeploymentId id, const SourceId& source, engine::ChosenImage chosen) {
    chosen.gone = lost(gone, gdm.given_record(id), source, chosen, call);
    planned.chosen.emplace(std::move(id), std::move(chosen));
  };
  for (const auto& entry : planned.expansion.deployments) {
    const Version& version = entry.spec->version;
    DeploymentId id = entry.id();
    if (!scope.filter.matches(id, version, gdm) || version.is_none() ||
        !(scope.policy.choose_anew || engine::needs_choice(version, gdm.given_record(id)))) {
      continue;
    }
    const SourceId source = entry.source();
    if (scope.image) {
      choose(std::move(id), source, {*scope.image, {}});
      continue;
    }
    auto& of_source = decided[source];
    const std::string& build = source.version.build();
    auto at = of_source.find(build);
    if (at == of_source.end()) {
      const auto decision =
          SOUS_TRY(decide(node, gdm, source, scope.wanted_revision, call, &planned.observed.ads));
      at = of_source.emplace(build, chosen_image(decision)).first;
    }
    choose(std::move(id), source, at->second);
  }
  return ok();
}

std::optional<Gdm> with_version(const Gdm& gdm, const PlanScope& scope) {
  if (!scope.version) {
    return std::nullopt;
  }
  Gdm out = gdm;
  for (auto& [id, manifest] : out.manifests) {
    for (auto& [cluster, spec] : manifest.deployments) {
      if (scope.filter.matches(DeploymentId{id, cluster})) {
        spec.version = *scope.version;
      }
    }
  }
  return out;
}

/// A cluster that does not answer is observed as nothing at all, and partially at that.
void stand_in_for_silent(Ads& ads, const std::vector<SilentCluster>& silent, WallTime now) {
  for (const auto& cluster : silent) {
    ads.push_back(
        {.cluster = cluster.name,
         .completeness = Completeness::partial(cluster.error.text(), {cluster.name.str()}),
         .observed_at = now,
         .deployments = {}});
  }
}

}  // namespace

Result<Planned> make_plan(Node& node, GdmState state, const PlanScope& scope, const Call& call) {
  Planned out{.scope = scope,
              .state = std::move(state),
              .with_version = {},
              .expansion = {},
              .observed = {},
              .chosen = {},
              .plan = {}};
  SOUS_TRY_VOID(scope.filter.check_clusters(out.state.gdm.definitions));
  out.with_version = with_version(out.state.gdm, scope);
  out.expansion = engine::expand(out.intended());
  out.observed = observe(node, out.state.gdm.definitions, scope.filter.clusters, call);
  SOUS_TRY_VOID(choose_images(node, scope, out, call));
  const WallTime now = node.clock.wall();
  Ads ads = out.observed.ads;
  stand_in_for_silent(ads, out.observed.silent, now);
  // Told to the plan itself, so that what lies outside does not count as ended by this one.
  engine::PlanPolicy policy = scope.policy;
  policy.only = scope.filter;
  out.plan = engine::plan(out.intended(), out.expansion, ads, out.chosen, policy, now);
  return out;
}

Result<Planned> make_plan(Node& node, const PlanScope& scope, const Call& call) {
  auto state = SOUS_TRY(read_gdm(node, call));
  return make_plan(node, std::move(state), scope, call);
}

}  // namespace sous::app
