#include "cli/run.h"

#include <exception>
#include <utility>

#include <fmt/format.h>

#include "cli/command_line.h"
#include "cli/exit_status.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/settings.h"

namespace sous::cli {
namespace {

/// Which form an answer is wanted in, told from the words alone: a command line that cannot be read
/// must be refused in the form that it asks for.
Format wanted_format(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (const auto& [text, format] :
         {std::pair{"json", Format::json}, std::pair{"yaml", Format::yaml}}) {
      const bool apart = (words[i] == "-o" || words[i] == "--o" || words[i] == "-output" ||
                          words[i] == "--output") &&
                         i + 1 < words.size() && words[i + 1] == text;
      const bool joined = words[i] == fmt::format("-o={}", text) ||
                          words[i].ends_with(fmt::format("-output={}", text));
      if (apart || joined) {
        return format;
      }
    }
  }
  return Format::table;
}

Verbosity verbosity_of(const Arguments& arguments) {
  if (arguments.has("debug")) {
    return Verbosity::debug;
  }
  if (arguments.has("verbose")) {
    return Verbosity::loud;
  }
  if (arguments.has("silent")) {
    return Verbosity::silent;
  }
  return arguments.has("quiet") ? Verbosity::quiet : Verbosity::normal;
}

/// What somebody who typed nothing most likely wants next.
std::string next_step(const Environment& environment, Wiring& wiring) {
  Arguments none;
  const auto path = config_path(environment, none);
  if (!path) {
    return "sous doctor";
  }
  auto text = wiring.read_file(*path);
  const auto settings = text ? Settings::resolve({.environment = environment,
                                                  .flags = none,
                                                  .file_path = *path,
                                                  .file_text = std::move(*text)})
                             : Result<Settings>(std::move(text.error()));
  if (!settings) {
    return "sous doctor";
  }
  return settings->value("registry") ? "sous status" : "sous config registry HOST";
}

int bare(const Environment& environment, Wiring& wiring, Output& output) {
  output.page_as_talk(overview(all_commands(), global_flags(), output.talk_style()));
  output.page_as_talk(fmt::format("\nNext: {}\n", next_step(environment, wiring)));
  return kUsage;
}

int show_help(const ParsedLine& line, Output& output) {
  if (line.command != nullptr) {
    output.page(command_help(*line.command, global_flags(), output.style()));
  } else if (!line.group.empty()) {
    output.page(group_help(all_commands(), line.group, output.style()));
  } else {
    output.page(overview(all_commands(), global_flags(), output.style()));
  }
  return kDone;
}

Result<Settings> load_settings(const Environment& environment,
                               const Arguments& arguments,
                               Wiring& wiring) {
  const auto path = SOUS_TRY(config_path(environment, arguments));
  auto text = SOUS_TRY(wiring.read_file(path));
  if (!text && arguments.has("config")) {
    return Error(Code::usage, fmt::format("there is no file {}", path));
  }
  return Settings::resolve({.environment = environment,
                            .flags = arguments,
                            .file_path = path,
                            .file_text = std::move(text)});
}

int run_command(const ParsedLine& line,
                const Environment& environment,
                Wiring& wiring,
                Output& output,
                std::stop_token stop) {
  auto settings = load_settings(environment, line.arguments, wiring);
  if (!settings) {
    output.failure(settings.error());
    return exit_status(settings.error().code());
  }
  for (const auto& problem : settings->problems()) {
    output.note(problem);
  }
  Session session(
      line.arguments, environment, std::move(*settings), wiring, output, std::move(stop));
  const auto answer = line.command->run(session);
  if (!answer) {
    output.failure(answer.error());
    return exit_status(answer.error().code());
  }
  output.answer(*answer);
  return answer->status;
}

int run_line(const Environment& environment, Wiring& wiring, std::stop_token stop) {
  const Format format = wanted_format(environment.arguments);
  const auto line = parse_command_line(all_commands(), global_flags(), environment.arguments);
  if (!line) {
    Output(wiring, environment, format, Verbosity::normal).failure(line.error());
    return exit_status(line.error().code());
  }
  const Verbosity verbosity = verbosity_of(line->arguments);
  wiring.set_verbosity(verbosity);
  Output output(wiring, environment, format, verbosity);
  if (line->help) {
    return show_help(*line, output);
  }
  if (line->command == nullptr) {
    if (!line->group.empty()) {
      output.page_as_talk(group_help(all_commands(), line->group, output.talk_style()));
      return kUsage;
    }
    return bare(environment, wiring, output);
  }
  return run_command(*line, environment, wiring, output, std::move(stop));
}

}  // namespace

int run(const Environment& environment, Wiring& wiring, std::stop_token stop) {
  // The last resort for what no part should let out: out of memory, and defects.
  try {
    return run_line(environment, wiring, std::move(stop));
  } catch (const std::exception& e) {
    Output(wiring, environment, wanted_format(environment.arguments), Verbosity::normal)
        .failure(Error(Code::internal, fmt::format("internal error: {}", e.what()))
                     .hinted("this is a defect of Sous; please report it with the command line"));
    return kInternal;
  }
}

}  // namespace sous::cli
