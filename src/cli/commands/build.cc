#include "app/build.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/exit_status.h"
#include "cli/image_texts.h"
#include "cli/json_views.h"
#include "cli/selection.h"

namespace sous::cli {
namespace {

using codec::Json;

constexpr Duration kLimit = std::chrono::hours(2);

/// A word as a shell would take it back.
std::string shell_word(const std::string& word) {
  const auto plain = [](char c) {
    return is_alnum(c) || std::string_view("-_./:=,@%+").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::ranges::all_of(word, plain)) {
    return word;
  }
  std::string out = "'";
  for (const char c : word) {
    out += c == '\'' ? "'\\''" : std::string{c};
  }
  return out + "'";
}

Result<Answer> print_commands(app::Node& node, const app::BuildRequest& request, const Call& call) {
  Answer out{.json = document(), .text = {}};
  Json list = Json::array();
  for (const auto& command : SOUS_TRY(app::build_commands(node, request, call))) {
    list.push(texts_json(command));
    std::string line;
    for (const auto& word : command) {
      line += (line.empty() ? "" : " ") + shell_word(word);
    }
    out.text += line + "\n";
  }
  out.json.set("commands", std::move(list));
  return out;
}

Result<Answer> run(Session& session) {
  const Arguments& arguments = session.arguments();
  auto source = SOUS_TRY(source_request(session));
  auto directory = SOUS_TRY(directory_of(session, 0));
  const app::BuildRequest request{.directory = std::move(directory),
                                  .source = std::move(source),
                                  .strict = arguments.has("strict"),
                                  .anyway = arguments.has("anyway"),
                                  .pull = !arguments.has("no-pull")};
  app::Node& node = *SOUS_TRY(session.node_with_registry_that_writes());
  const Call call = SOUS_TRY(session.call(node, kLimit));
  if (arguments.has("print-commands")) {
    return print_commands(node, request, call);
  }
  Output& output = session.output();
  const app::BuildProgress progress{
      .step = [&](std::string_view step) { output.progress(step); },
      .engine_line = [&](std::string_view line) { output.detail(line); }};
  const auto report = SOUS_TRY(app::build(node, request, progress, call));
  for (const auto& note : report.notes) {
    output.note(note);
  }
  if (const auto warning = build_warning(report); !warning.empty()) {
    output.note(warning);
  }
  return Answer{.json = build_json(report),
                .text = build_text(report, session.style()),
                .status = report.is_pending() ? kNotVerified : kDone};
}

}  // namespace

CommandSpec build_command() {
  return {.path = "build",
          .summary = "Turn a checkout into one labelled, registered image",
          .description =
              "Builds the checkout's Dockerfile, labels the image with its source and with every\n"
              "advisory that applies, pushes it, registers it in the GDM and locks the version.\n"
              "A second build of a version is a rebuild: it is marked so and never replaces the\n"
              "first. An image that sets SOUS_RUN_IMAGE_SPEC is split into the products that its\n"
              "run spec describes. When the GDM's remote is away the image is pushed and kept on\n"
              "this machine (exit status 4), and the next command registers and tags it.",
          .words = {{.name = "PATH", .help = "a directory of the checkout; else the current one"}},
          .flags = location_flags() + tag_flag() + revision_flag() +
                   FlagSpec{.name = "strict", .help = "refuse any advisory before building"} +
                   FlagSpec{.name = "dev", .help = "mark the image as a developer's build"} +
                   FlagSpec{.name = "anyway",
                            .help = "build although the version is locked to another commit"} +
                   FlagSpec{.name = "no-pull", .help = "do not ask for newer base images"} +
                   FlagSpec{.name = "print-commands",
                            .help = "print what the engine would be told, and do nothing"},
          .examples = {{"sous build -tag 1.2.0 -strict", "a release, or nothing"}},
          .run = run};
}

}  // namespace sous::cli
