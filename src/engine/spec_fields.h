#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/manifest.h"
#include "model/plan.h"

namespace sous::engine {

/// A specification flattened to named texts, without the version: the one place that says what
/// counts as a difference (sous-original 1.15) and how it is shown. Numbers are printed by value,
/// so `0.1` and `0.100` are the same; volumes are in a fixed order; metadata and schedule of kinds
/// that have none are not part of it.
std::map<std::string, std::string> spec_fields(const DeploySpec& spec);

std::vector<FieldDifference> differences(const DeploySpec& from, const DeploySpec& to);

}  // namespace sous::engine
