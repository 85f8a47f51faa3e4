#pragma once

#include "cli/command.h"

/// One maker per command; all_commands() calls each once.
namespace sous::cli {

CommandSpec completion_command();
CommandSpec config_command();
CommandSpec help_command();
CommandSpec version_command();

}  // namespace sous::cli
