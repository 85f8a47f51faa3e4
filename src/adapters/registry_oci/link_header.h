#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sous::registry_oci {

/// The target of the link to the next page in one Link header (RFC 8288); nothing when it has none.
/// A link that names no relation counts as one, so that an odd registry never ends a list early.
/// Fails with invalid_data on anything outside the grammar.
Result<std::optional<std::string>> next_link(std::string_view header);

}  // namespace sous::registry_oci
