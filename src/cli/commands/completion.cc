#include "cli/completion.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/json_views.h"
#include "cli/session.h"

namespace sous::cli {
namespace {

Result<Answer> run(Session& session) {
  const std::string shell = *session.arguments().word(0);
  const auto script = completion_script(shell, all_commands(), global_flags());
  if (!script) {
    return Error(Code::usage, fmt::format("there is no completion for {}", quote(shell)))
        .hinted("there is one for bash, zsh and fish");
  }
  Answer out{.json = document(), .text = *script};
  out.json.set("shell", shell);
  out.json.set("script", *script);
  return out;
}

}  // namespace

CommandSpec completion_command() {
  return {.path = "completion",
          .summary = "Print a script that completes command lines in a shell",
          .description = "Prints a script for bash, zsh or fish that completes commands and flags.",
          .words = {{.name = "SHELL", .help = "bash, zsh or fish", .required = true}},
          .flags = {},
          .examples = {{"source <(sous completion bash)", "for this session"}},
          .run = run};
}

}  // namespace sous::cli
