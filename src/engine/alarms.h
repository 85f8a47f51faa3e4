#pragma once

#include <string>
#include <vector>

#include "model/deployment.h"
#include "model/gdm.h"

namespace sous::engine {

/// What is alarming about one running deployment beside the GDM and all that runs elsewhere
/// (design.md sections 1 and 10): each a sentence, none in the usual case. Pure.
std::vector<std::string> alarms(const Gdm& gdm, const Ads& ads, const ObservedDeployment& observed);

}  // namespace sous::engine
