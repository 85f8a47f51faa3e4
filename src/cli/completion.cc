#include "cli/completion.h"

#include <map>
#include <ranges>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace sous::cli {
namespace {

constexpr std::string_view kBash = R"(# bash completion for sous: source <(sous completion bash)
_sous() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" path="" word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in -*) ;; *) path="${{path:+$path }}$word" ;; esac
  done
  local words=""
  case "$path" in
{}  esac
  case "$current" in -*) words="$words {}" ;; esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -o default -F _sous sous
)";

constexpr std::string_view kZsh = R"(#compdef sous
# zsh completion for sous: sous completion zsh > "${{fpath[1]}}/_sous"
_sous() {{
  local path="" word
  local -a choices
  for word in ${{words[2,CURRENT-1]}}; do
    [[ $word == -* ]] || path="${{path:+$path }}$word"
  done
  case "$path" in
{}  esac
  choices+=({})
  compadd -- $choices
  _files
}}
compdef _sous sous
)";

/// What may follow each beginning of a command line: the next words, then the flags.
std::map<std::string, std::vector<std::string>> continuations(
    std::span<const CommandSpec> commands) {
  std::map<std::string, std::vector<std::string>> out;
  for (const auto& command : commands) {
    const auto space = command.path.find(' ');
    const std::string first = command.path.substr(0, space);
    auto& top = out[""];
    if (top.empty() || top.back() != first) {
      top.push_back(first);
    }
    if (space != std::string::npos) {
      out[first].push_back(command.path.substr(space + 1));
    }
    auto& own = out[command.path];
    for (const auto& flag : command.flags) {
      own.push_back("-" + flag.name);
    }
  }
  return out;
}

std::string global_words(std::span<const FlagSpec> global) {
  std::vector<std::string> out;
  for (const auto& flag : global) {
    out.push_back("-" + flag.name);
  }
  return join(out, " ");
}

/// One case per beginning; longer ones stand before those that they begin with.
std::string shell_cases(std::span<const CommandSpec> commands,
                        std::string_view before,
                        std::string_view after) {
  std::string out;
  const auto all = continuations(commands);
  for (const auto& [path, words] : all | std::views::reverse) {
    out += fmt::format("    \"{}\"{}) {}{}{} ;;\n",
                       path,
                       path.empty() ? "" : fmt::format(" | \"{} \"*", path),
                       before,
                       join(words, " "),
                       after);
  }
  return out;
}

std::string bash(std::span<const CommandSpec> commands, std::span<const FlagSpec> global) {
  return fmt::format(kBash, shell_cases(commands, "words=\"", "\""), global_words(global));
}

std::string zsh(std::span<const CommandSpec> commands, std::span<const FlagSpec> global) {
  return fmt::format(kZsh, shell_cases(commands, "choices=(", ")"), global_words(global));
}

std::string fish_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '\'' || c == '\\' ? std::string{'\\', c} : std::string{c};
  }
  return out;
}

std::string fish_flag(const FlagSpec& flag, const std::string& condition) {
  return fmt::format("complete -c sous{}{} -o {} -l {}{} -d '{}'\n",
                     condition,
                     flag.letter == 0 ? "" : fmt::format(" -s {}", flag.letter),
                     flag.name,
                     flag.name,
                     flag.value.empty() ? "" : " -r",
                     fish_text(flag.help));
}

std::string fish(std::span<const CommandSpec> commands, std::span<const FlagSpec> global) {
  std::string out = "# fish completion for sous: sous completion fish | source\n";
  for (const auto& flag : global) {
    out += fish_flag(flag, "");
  }
  for (const auto& command : commands) {
    const auto space = command.path.find(' ');
    const std::string first = command.path.substr(0, space);
    if (space == std::string::npos) {
      out += fmt::format("complete -c sous -n __fish_use_subcommand -a {} -d '{}'\n",
                         first,
                         fish_text(command.summary));
    } else {
      out += fmt::format("complete -c sous -n __fish_use_subcommand -a {}\n", first);
      out += fmt::format("complete -c sous -n '__fish_seen_subcommand_from {}' -a {} -d '{}'\n",
                         first,
                         command.path.substr(space + 1),
                         fish_text(command.summary));
    }
    for (const auto& flag : command.flags) {
      out += fish_flag(
          flag,
          fmt::format(" -n '__fish_seen_subcommand_from {}'", command.path.substr(space + 1)));
    }
  }
  return out;
}

}  // namespace

std::optional<std::string> completion_script(std::string_view shell,
                                             std::span<const CommandSpec> commands,
                                             std::span<const FlagSpec> global) {
  if (shell == "bash") {
    return bash(commands, global);
  }
  if (shell == "zsh") {
    return zsh(commands, global);
  }
  return shell == "fish" ? std::optional{fish(commands, global)} : std::nullopt;
}

}  // namespace sous::cli
