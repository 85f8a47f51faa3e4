#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/manifest.h"
#include "model/plan.h"

namespace sous::engine {

/// A specification flattened to named texts, without the version: the one place that says what
/// counts as a difference (sous-original 1.15) and how it is shown. Numbers are printed by value,
/// so `0.1` and `0.100` are the same, and an absent resource is its default; volumes are in a fixed
/// order. Metadata is no part of it, nor is the schedule of a kind that has none.
TextMap spec_fields(Kind kind, const DeploySpec& spec);

/// The field that a cluster changes without giving anything anew.
inline constexpr std::string_view kInstancesField = "NumInstances";

/// What one set of fields has otherwise than the other, by name.
std::vector<FieldDifference> differences(const TextMap& from, const TextMap& to);

std::vector<FieldDifference> differences(Kind kind, const DeploySpec& from, const DeploySpec& to);

}  // namespace sous::engine
