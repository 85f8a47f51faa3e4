#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace sous::cli {

class Session;

/// A flag of a command. Every flag of one name means the same in all commands.
struct FlagSpec {
  std::string name;   // long, without dashes
  std::string value;  // what its value is, for people; empty: it takes none
  std::string help;
  char letter = 0;  // a short form, or none
  bool repeatable = false;
  std::vector<std::string> choices = {};  // the only values, where not empty
};

/// A word after the command's name.
struct WordSpec {
  std::string name;
  std::string help;
  bool required = false;
  bool rest = false;  // takes all that follow
};

/// What a command answers: as a value for programs, and as text for people.
struct Answer {
  codec::Json json;
  std::string text;
  int status = 0;
};

struct Example {
  std::string line;
  std::string what;
};

/// A command as data: the parser, the help, the manual pages and the completion are made from it.
struct CommandSpec {
  std::string path;     // `lock supersede`
  std::string summary;  // one line, without a period
  std::string description;
  std::vector<WordSpec> words;
  std::vector<FlagSpec> flags;
  std::vector<Example> examples;
  std::function<Result<Answer>(Session&)> run;
};

/// The flags and words that were given.
class Arguments {
 public:
  bool has(std::string_view flag) const { return flags_.contains(flag); }

  std::optional<std::string> value(std::string_view flag) const;
  std::vector<std::string> values(std::string_view flag) const;

  /// The word at a place; absent when there are fewer.
  std::optional<std::string> word(std::size_t place) const;

  const std::vector<std::string>& words() const noexcept { return words_; }

  void add_flag(const std::string& flag, std::string value);
  void add_word(std::string word);

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> flags_;
  std::vector<std::string> words_;
};

/// Every command, in the order in which help lists them.
const std::vector<CommandSpec>& all_commands();
/// The flags that every command takes.
const std::vector<FlagSpec>& global_flags();
const CommandSpec* find_command(std::string_view path);

}  // namespace sous::cli
