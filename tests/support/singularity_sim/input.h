#pragma once

#include <optional>
#include <string>

#include "support/singularity_sim/state.h"

namespace sous::singularity_sim {

/// A request as it is stored. Refuses what Singularity refuses of it alone.
json::object read_request(const State& state, const json::object& input);
/// What may not change in the request that is there.
void check_change(const State& state, const Request& old, const json::object& next);
/// Instances within the limits; `before` absent for a new one. 1.5: no large scale-down unless it
/// is acknowledged.
void check_scale(const State& state,
                 std::optional<std::int64_t> before,
                 std::int64_t instances,
                 bool acknowledged);
/// A deploy as it is stored. Refuses with 400 what is invalid.
json::object read_deploy(const State& state,
                         const json::object& input,
                         const json::object& request);

/// A text member; empty when absent or null.
std::string text_of(const json::object& object, std::string_view key);
/// An object member, or an empty one.
json::object object_of(const json::object& object, std::string_view key);
/// Parses a body into an object; `needed` decides what an empty one is.
json::object parse_body(const std::string& body, bool needed);

}  // namespace sous::singularity_sim
