#include "cli/help.h"

#include <algorithm>

#include <fmt/format.h>

namespace sous::cli {
namespace {

using Line = std::pair<std::string, std::string>;

/// Two columns, the first as wide as its widest text.
std::string two_columns(const std::vector<Line>& lines) {
  std::size_t widest = 0;
  for (const auto& [left, right] : lines) {
    widest = std::max(widest, columns(left));
  }
  std::string out;
  for (const auto& [left, right] : lines) {
    out += fmt::format("  {:<{}}  {}\n", left, widest, right);
  }
  return out;
}

std::string synopsis(const CommandSpec& command) {
  std::string out = "sous " + command.path;
  for (const auto& flag : command.flags) {
    const std::string one =
        flag.value.empty() ? "-" + flag.name : fmt::format("-{} {}", flag.name, flag.value);
    out += fmt::format(" [{}]{}", one, flag.repeatable ? "..." : "");
  }
  for (const auto& word : command.words) {
    const std::string one = word.name + (word.rest ? "..." : "");
    out += word.required ? " " + one : fmt::format(" [{}]", one);
  }
  return out;
}

std::vector<Line> flag_lines(std::span<const FlagSpec> flags) {
  std::vector<Line> out;
  for (const auto& flag : flags) {
    std::string left = flag.letter == 0 ? "" : fmt::format("-{}, ", flag.letter);
    left += "-" + flag.name + (flag.value.empty() ? "" : " " + flag.value);
    out.emplace_back(std::move(left),
                     flag.help + (flag.repeatable ? " (may be given several times)" : ""));
  }
  return out;
}

std::vector<Line> summaries(std::span<const CommandSpec> commands, std::string_view start) {
  std::vector<Line> out;
  for (const auto& command : commands) {
    if (command.path.starts_with(start)) {
      out.emplace_back(command.path, command.summary);
    }
  }
  return out;
}

}  // namespace

std::string overview(std::span<const CommandSpec> commands,
                     std::span<const FlagSpec> global,
                     const Style& style) {
  return fmt::format(
      "Sous turns a tagged commit into one image and sees to it that exactly that image runs.\n\n"
      "{}\n  sous COMMAND [FLAGS] [WORDS]\n\n{}\n{}\n{}\n{}\n"
      "Flags take one dash or two and stand anywhere. `sous help COMMAND` tells more.\n",
      style.bold("Usage"),
      style.bold("Commands"),
      two_columns(summaries(commands, "")),
      style.bold("Flags of every command"),
      two_columns(flag_lines(global)));
}

std::string group_help(std::span<const CommandSpec> commands,
                       std::string_view group,
                       const Style& style) {
  return fmt::format("{}\n{}\n`sous help {} COMMAND` tells more.\n",
                     style.bold(fmt::format("Commands of `sous {}`", group)),
                     two_columns(summaries(commands, fmt::format("{} ", group))),
                     group);
}

std::string command_help(const CommandSpec& command,
                         std::span<const FlagSpec> global,
                         const Style& style) {
  std::string out = fmt::format("sous {} - {}\n\n{}\n  {}\n\n{}\n",
                                command.path,
                                command.summary,
                                style.bold("Usage"),
                                synopsis(command),
                                command.description);
  if (!command.words.empty()) {
    std::vector<Line> lines;
    for (const auto& word : command.words) {
      lines.emplace_back(word.name, word.help);
    }
    out += fmt::format("\n{}\n{}", style.bold("Words"), two_columns(lines));
  }
  if (!command.flags.empty()) {
    out += fmt::format("\n{}\n{}", style.bold("Flags"), two_columns(flag_lines(command.flags)));
  }
  out += fmt::format(
      "\n{}\n{}", style.bold("Flags of every command"), two_columns(flag_lines(global)));
  if (!command.examples.empty()) {
    out += fmt::format("\n{}\n", style.bold("Examples"));
    for (const auto& example : command.examples) {
      out += fmt::format("  {}\n      {}\n", example.line, example.what);
    }
  }
  return out;
}

}  // namespace sous::cli
