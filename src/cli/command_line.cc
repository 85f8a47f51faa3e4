#include "cli/command_line.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace sous::cli {
namespace {

bool is_flag(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

/// A flag word taken apart.
struct FlagWord {
  std::string name;
  std::optional<std::string> value;  // after `=`
};

FlagWord take_apart(std::string_view word) {
  word.remove_prefix(word.starts_with("--") ? 2 : 1);
  const auto equals = word.find('=');
  if (equals == std::string_view::npos) {
    return {std::string(word), std::nullopt};
  }
  return {std::string(word.substr(0, equals)), std::string(word.substr(equals + 1))};
}

bool is_help(std::string_view name) { return name == "h" || name == "help"; }

const FlagSpec* find_flag(std::span<const FlagSpec> flags, std::string_view name) {
  const auto found = std::ranges::find_if(flags, [&](const FlagSpec& flag) {
    return flag.name == name || (name.size() == 1 && flag.letter == name.front());
  });
  return found == flags.end() ? nullptr : &*found;
}

class Parser {
 public:
  Parser(std::span<const CommandSpec> commands, std::span<const FlagSpec> global)
      : commands_(commands), global_(global) {}

  Result<ParsedLine> parse(const std::vector<std::string>& words) {
    const auto path_words = SOUS_TRY(find_path(words));
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string& word = words[i];
      if (path_words.contains(i)) {
        continue;
      }
      if (flags_ended_ || !is_flag(word)) {
        out_.arguments.add_word(word);
      } else if (word == "--") {
        flags_ended_ = true;
      } else {
        SOUS_TRY_VOID(take_flag(words, i));
      }
    }
    if (!out_.help) {
      SOUS_TRY_VOID(check_words());
    }
    return std::move(out_);
  }

 private:
  /// The places of the words that name the command. Flags before them are stepped over with their
  /// values, which works because a flag's name means the same in every command.
  Result<std::set<std::size_t>> find_path(const std::vector<std::string>& words) {
    std::set<std::size_t> places;
    std::string path;
    for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
      if (is_flag(words[i])) {
        const FlagWord flag = take_apart(words[i]);
        const FlagSpec* spec = find_anywhere(flag.name);
        if (spec != nullptr && !spec->value.empty() && !flag.value) {
          ++i;
        }
        continue;
      }
      const std::string longer = path.empty() ? words[i] : path + " " + words[i];
      const bool group = is_group(longer);
      const CommandSpec* command = command_at(longer);
      if (command == nullptr && !group) {
        return unknown_command(path, words[i]);
      }
      places.insert(i);
      path = longer;
      out_.command = command;
      if (!group) {
        return places;
      }
    }
    out_.group = out_.command == nullptr ? path : "";
    return places;
  }

  Status take_flag(const std::vector<std::string>& words, std::size_t& i) {
    FlagWord flag = take_apart(words[i]);
    if (is_help(flag.name)) {
      out_.help = true;
      return ok();
    }
    const FlagSpec* spec = find_here(flag.name);
    if (spec == nullptr) {
      return unknown_flag(words[i], flag.name);
    }
    if (spec->value.empty()) {
      if (flag.value && flag.value != "true" && flag.value != "false") {
        return Error(Code::usage, fmt::format("flag -{} takes no value", spec->name));
      }
      if (flag.value != "false") {
        out_.arguments.add_flag(spec->name, "");
      }
      return ok();
    }
    if (!flag.value) {
      if (i + 1 >= words.size()) {
        return Error(
            Code::usage,
            fmt::format("flag -{} needs a value: -{} {}", spec->name, spec->name, spec->value));
      }
      flag.value = words[++i];
    }
    return add_value(*spec, std::move(*flag.value));
  }

  Status add_value(const FlagSpec& spec, std::string value) {
    if (!spec.choices.empty() && std::ranges::find(spec.choices, value) == spec.choices.end()) {
      return Error(Code::usage, fmt::format("flag -{} cannot be {}", spec.name, quote(value)))
          .hinted(fmt::format("it is one of: {}", join(spec.choices, ", ")));
    }
    if (!spec.repeatable && out_.arguments.has(spec.name)) {
      return Error(Code::usage, fmt::format("flag -{} was given twice", spec.name));
    }
    out_.arguments.add_flag(spec.name, std::move(value));
    return ok();
  }

  Status check_words() const {
    if (out_.command == nullptr) {
      return ok();
    }
    const auto& specs = out_.command->words;
    const auto& given = out_.arguments.words();
    const auto missing = std::ranges::find_if(specs, [&](const WordSpec& spec) {
      return spec.required && static_cast<std::size_t>(&spec - specs.data()) >= given.size();
    });
    if (missing != specs.end()) {
      return Error(Code::usage,
                   fmt::format("`sous {}` needs {}", out_.command->path, missing->name))
          .hinted(see_help());
    }
    if (given.size() > specs.size() && (specs.empty() || !specs.back().rest)) {
      return Error(
                 Code::usage,
                 fmt::format(
                     "`sous {}` does not take {}", out_.command->path, quote(given[specs.size()])))
          .hinted(see_help());
    }
    return ok();
  }

  const CommandSpec* command_at(std::string_view path) const {
    const auto found = std::ranges::find(commands_, path, &CommandSpec::path);
    return found == commands_.end() ? nullptr : &*found;
  }

  bool is_group(const std::string& path) const {
    return std::ranges::any_of(
        commands_, [&](const CommandSpec& c) { return c.path.starts_with(path + " "); });
  }

  const FlagSpec* find_here(std::string_view name) const {
    if (const auto* flag = find_flag(global_, name)) {
      return flag;
    }
    return out_.command == nullptr ? nullptr : find_flag(out_.command->flags, name);
  }

  const FlagSpec* find_anywhere(std::string_view name) const {
    const FlagSpec* found = find_flag(global_, name);
    for (auto command = commands_.begin(); found == nullptr && command != commands_.end();
         ++command) {
      found = find_flag(command->flags, name);
    }
    return found;
  }

  std::string see_help() const {
    return out_.command == nullptr ? "`sous help` lists the commands"
                                   : fmt::format("see `sous help {}`", out_.command->path);
  }

  Error unknown_command(const std::string& group, const std::string& word) const {
    const std::string start = group.empty() ? "" : group + " ";
    std::vector<std::string> names;
    for (const auto& command : commands_) {
      if (command.path.starts_with(start)) {
        const auto rest = command.path.substr(start.size());
        names.push_back(rest.substr(0, rest.find(' ')));
      }
    }
    const std::string near = nearest(word, names);
    return Error(Code::usage, fmt::format("there is no command {}", quote(start + word)))
        .hinted(near.empty() ? "`sous help` lists the commands"
                             : fmt::format("did you mean `sous {}{}`?", start, near));
  }

  Error unknown_flag(const std::string& word, const std::string& name) const {
    std::vector<std::string> names;
    const auto collect = [&](std::span<const FlagSpec> flags) {
      std::ranges::transform(flags, std::back_inserter(names), &FlagSpec::name);
    };
    collect(global_);
    if (out_.command != nullptr) {
      collect(out_.command->flags);
    }
    const std::string near = nearest(name, names);
    return Error(Code::usage, fmt::format("there is no flag {}", quote(word)))
        .hinted(near.empty() ? see_help() : fmt::format("did you mean -{}?", near));
  }

  std::span<const CommandSpec> commands_;
  std::span<const FlagSpec> global_;
  ParsedLine out_;
  bool flags_ended_ = false;
};

}  // namespace

std::optional<std::string> Arguments::value(std::string_view flag) const {
  const auto found = flags_.find(flag);
  return found == flags_.end() ? std::nullopt : std::optional{found->second.back()};
}

std::vector<std::string> Arguments::values(std::string_view flag) const {
  const auto found = flags_.find(flag);
  return found == flags_.end() ? std::vector<std::string>{} : found->second;
}

std::optional<std::string> Arguments::word(std::size_t place) const {
  return place < words_.size() ? std::optional{words_[place]} : std::nullopt;
}

void Arguments::add_flag(const std::string& flag, std::string value) {
  flags_[flag].push_back(std::move(value));
}

void Arguments::add_word(std::string word) { words_.push_back(std::move(word)); }

Result<ParsedLine> parse_command_line(std::span<const CommandSpec> commands,
                                      std::span<const FlagSpec> global,
                                      const std::vector<std::string>& words) {
  return Parser(commands, global).parse(words);
}

}  // namespace sous::cli
