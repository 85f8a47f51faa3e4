#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/deployment.h"
#include "model/gdm.h"

namespace sous::engine {

/// What is alarming about running deployments beside the GDM and all that runs elsewhere (design.md
/// sections 1 and 10). Made once for many of them; both arguments outlive it. Pure.
class Alarms {
 public:
  Alarms(const Gdm& gdm, const Ads& ads);

  /// Each a sentence, none in the usual case.
  std::vector<std::string> of(const ObservedDeployment& observed) const;

 private:
  using Places = std::map<Digest, std::set<ClusterName>>;

  const Gdm& gdm_;
  std::map<SourceId, Places> running_;  // what runs as a source, and where
};

}  // namespace sous::engine
