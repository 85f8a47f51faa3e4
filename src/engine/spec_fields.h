#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/manifest.h"
#include "model/plan.h"

namespace sous::engine {

/// A specification flattened to named texts, without the version: the one place that says what
/// counts as a difference (sous-original 1.15) and how it is shown. Numbers are printed by value,
/// so `0.1` and `0.100` are the same, and an absent resource is its default; volumes are in a fixed
/// order. Metadata is no part of it, nor is the schedule of a kind that has none.
std::map<std::string, std::string> spec_fields(Kind kind, const DeploySpec& spec);

std::vector<FieldDifference> differences(Kind kind, const DeploySpec& from, const DeploySpec& to);

}  // namespace sous::engine
