#pragma once

#include "engine/plan.h"

namespace sous::engine {

/// What a cluster runs of one deployment.
struct Seen {
  const ObservedDeployment* observed = nullptr;  // null: not seen
  bool ours = false;                             // it carries the GDM's id
};

/// What is known of one intended deployment when its action is decided. Views.
struct PlanCase {
  const Gdm& gdm;
  const ExpandedEntry& entry;
  const Completeness& seen;                      // of the cluster's observation
  const ObservedDeployment* observed = nullptr;  // null: not seen
  bool ours = false;                             // what was seen carries the GDM's id
  const GivenRecord* given = nullptr;            // null: never given
  const LockFile* locks = nullptr;               // of the deployment's version; null: none
  const ChosenImage* chosen = nullptr;           // null: not looked for
  const PlanPolicy& policy;
  WallTime now;
};

struct JudgedAction {
  Action action;
  bool ends_something = false;  // removes, stops or restarts what runs
};

/// Fills in the action for one intended deployment, of which the id is set already; tells whether
/// it ends something. In place, because a plan holds very many.
bool judge(const PlanCase& c, Action& action);

/// The action for what a record says was given and no manifest entry asks for any more: removed
/// only where it carries the GDM's id and nothing newer or broken speaks against it. Nothing when
/// it is to be left alone.
std::optional<JudgedAction> judge_gone(const Gdm& gdm,
                                       const GivenRecord& given,
                                       const Completeness& seen,
                                       const Seen& there,
                                       const PlanPolicy& policy,
                                       WallTime now);

}  // namespace sous::engine
