#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/planner.h"
#include "engine/alarms.h"

namespace sous::app {

/// All that is alarming about running deployments: what the engine tells from the GDM and what runs
/// elsewhere, and what this node's index knows of the images. Asks no registry. The arguments
/// outlive it.
class AlarmFinder {
 public:
  AlarmFinder(Node& node, const Gdm& gdm, const Ads& ads);

  std::vector<std::string> of(const ObservedDeployment& observed);

 private:
  std::optional<std::string> contradiction(const ObservedDeployment& observed);
  std::optional<std::string> gone(const Digest& digest, const SourceId& source);
  std::optional<std::string> look_for(const Digest& digest, const SourceId& source);

  Node& node_;
  const Gdm& gdm_;
  engine::Alarms alarms_;
  std::map<Digest, std::optional<std::string>> gone_;
};

/// Adds to each action of a plan what is alarming about what runs there.
void add_alarms(Node& node, Planned& planned);

}  // namespace sous::app
