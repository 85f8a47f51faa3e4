#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/table.h"

namespace sous::cli {

/// The first page: every command with its summary.
std::string overview(std::span<const CommandSpec> commands,
                     std::span<const FlagSpec> global,
                     const Style& style);
/// The commands of one group.
std::string group_help(std::span<const CommandSpec> commands,
                       std::string_view group,
                       const Style& style);
/// Everything about one command.
std::string command_help(const CommandSpec& command,
                         std::span<const FlagSpec> global,
                         const Style& style);

}  // namespace sous::cli
