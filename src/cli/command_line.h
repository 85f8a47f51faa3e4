#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/command.h"

namespace sous::cli {

/// What a command line asks for.
struct ParsedLine {
  const CommandSpec* command = nullptr;  // null: no command was named
  std::string group;                     // named without one of its commands: `lock`
  bool help = false;                     // -h, -help, --help anywhere
  Arguments arguments;
};

/// Reads a command line (docs/adr/0030-own-command-line-parser.md). Flags have one dash or two,
/// their value follows as the next word or after `=`, and they stand anywhere; `--` ends them.
/// Fails with usage: an unknown command or flag (the hint names the nearest one), a missing or
/// surplus value, a flag given twice that may not be, a missing or surplus word.
Result<ParsedLine> parse_command_line(std::span<const CommandSpec> commands,
                                      std::span<const FlagSpec> global,
                                      const std::vector<std::string>& words);

}  // namespace sous::cli
