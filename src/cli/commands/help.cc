#include "cli/help.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/json_views.h"
#include "cli/session.h"

namespace sous::cli {
namespace {

using codec::Json;

/// The pages as data: what manual pages are made from.
Json command_json(const CommandSpec& command) {
  Json out = Json::object();
  out.set("command", command.path);
  out.set("summary", command.summary);
  out.set("description", command.description);
  Json words = Json::array();
  for (const auto& word : command.words) {
    Json one = Json::object();
    one.set("name", word.name);
    one.set("help", word.help);
    one.set("required", word.required);
    words.push(std::move(one));
  }
  out.set("words", std::move(words));
  Json flags = Json::array();
  for (const auto& flag : command.flags) {
    Json one = Json::object();
    one.set("name", flag.name);
    one.set("value", text_or_null(flag.value));
    one.set("help", flag.help);
    flags.push(std::move(one));
  }
  out.set("flags", std::move(flags));
  return out;
}

Result<Answer> run(Session& session) {
  const std::string topic = join(session.arguments().words(), " ");
  Answer out{.json = document(), .text = {}};
  Json commands = Json::array();
  const bool group = !topic.empty() && find_command(topic) == nullptr;
  for (const auto& command : all_commands()) {
    if (topic.empty() || command.path == topic || command.path.starts_with(topic + " ")) {
      commands.push(command_json(command));
    }
  }
  if (commands.as_array()->empty()) {
    return Error(Code::usage, fmt::format("there is no command {}", quote(topic)))
        .hinted("`sous help` lists the commands");
  }
  out.json.set("commands", std::move(commands));
  if (topic.empty()) {
    out.text = overview(all_commands(), global_flags(), session.style());
  } else if (group) {
    out.text = group_help(all_commands(), topic, session.style());
  } else {
    out.text = command_help(*find_command(topic), global_flags(), session.style());
  }
  return out;
}

}  // namespace

CommandSpec help_command() {
  return {.path = "help",
          .summary = "Explain a command",
          .description =
              "Without words, lists all commands. With the name of a command, tells all\n"
              "about it; so does the flag -help after a command.",
          .words = {{.name = "COMMAND", .help = "the command, one word or two", .rest = true}},
          .flags = {},
          .examples = {{"sous help lock supersede", "all about one command"}},
          .run = run};
}

}  // namespace sous::cli
