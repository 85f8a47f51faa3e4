#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/json_views.h"
#include "cli/session.h"

namespace sous::cli {
namespace {

Result<Answer> run(Session& session) {
  const std::string& version = session.environment().version;
  Answer out{.json = document(), .text = fmt::format("sous version {}\n", version)};
  out.json.set("version", version);
  return out;
}

}  // namespace

CommandSpec version_command() {
  return {.path = "version",
          .summary = "Print the version of this program",
          .description = "Prints the version of this program.",
          .words = {},
          .flags = {},
          .examples = {},
          .run = run};
}

}  // namespace sous::cli
