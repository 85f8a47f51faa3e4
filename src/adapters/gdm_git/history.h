#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/gdm_git/git_command.h"
#include "ports/gdm_store.h"

namespace sous::gdm_git {

/// The line with which each commit of Sous ends: two commits of the same change in the same second
/// must differ, or two writers would both believe that theirs was taken.
inline constexpr std::string_view kNonceTrailer = "Sous-Change: ";

/// `message` with the trailer, and without it again.
std::string with_nonce(std::string_view message, std::string_view nonce);
std::string without_nonce(std::string_view message);

/// Reads what read_history's git command prints. Fails with invalid_data.
Result<std::vector<GdmHistoryEntry>> parse_history(std::string_view bytes);

Result<std::vector<GdmHistoryEntry>> read_history(const GitCommand& git,
                                                  const std::string& revision,
                                                  const std::optional<std::string>& path,
                                                  std::size_t limit,
                                                  const Call& call);

}  // namespace sous::gdm_git
