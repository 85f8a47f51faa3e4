#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/gone_images.h"
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
  /// What is alarming about the image that an action would give.
  std::optional<std::string> of_given(const Action& action);

 private:
  std::optional<std::string> contradiction(const ObservedDeployment& observed);

  Node& node_;
  const Gdm& gdm_;
  engine::Alarms alarms_;
  GoneImages gone_;
};

/// Adds to each action of a plan what is alarming about what runs there.
void add_alarms(Node& node, Planned& planned);

}  // namespace sous::app
