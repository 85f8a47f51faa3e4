#pragma once

#include <map>
#include <string>

#include "app/gdm_access.h"
#include "app/observe.h"
#include "engine/filter.h"
#include "engine/plan.h"

namespace sous::app {

/// What a plan is asked about.
struct PlanScope {
  engine::Filter filter{};
  engine::PlanPolicy policy;
  std::optional<std::string> wanted_revision;  // for choices made anew
  std::optional<Version> version;              // instead of the one in the manifest: a deploy
  std::optional<Decided> image{};              // given instead of a choice, whatever the lock is
};

/// A plan with what it was made from.
struct Planned {
  PlanScope scope;
  GdmState state;                   // as it was read
  std::optional<Gdm> with_version;  // with the scope's version in the manifest
  engine::Expansion expansion;      // of intended()
  Observed observed;
  std::map<DeploymentId, engine::ChosenImage> chosen;
  Plan plan;

  /// What the plan takes the clusters to.
  const Gdm& intended() const { return with_version ? *with_version : state.gdm; }
};

/// Reads the GDM, observes the clusters, chooses images where a choice is needed, and plans.
/// A cluster that does not answer makes its deployments undecided; it is no failure of the call.
Result<Planned> make_plan(Node& node, const PlanScope& scope, const Call& call);

/// The same from a state that was read already.
Result<Planned> make_plan(Node& node, GdmState state, const PlanScope& scope, const Call& call);

}  // namespace sous::app
