#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/command.h"

namespace sous::cli {

/// A script that completes commands and flags in a shell: bash, zsh or fish; nothing for another.
std::optional<std::string> completion_script(std::string_view shell,
                                             std::span<const CommandSpec> commands,
                                             std::span<const FlagSpec> global);

}  // namespace sous::cli
