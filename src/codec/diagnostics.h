#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace sous::codec {

/// A place in a text, counted from 1. Columns count characters.
struct Position {
  std::size_t line = 1;
  std::size_t column = 1;

  friend auto operator<=>(const Position&, const Position&) = default;
};

/// The place of a byte of `text`.
Position position_of(std::string_view text, std::size_t offset);

/// Collects everything that is wrong with one text. Keeps the first hundred problems.
class Diagnostics {
 public:
  /// `path` names the text for people. `text` must outlive this.
  Diagnostics(std::string path, std::string_view text) : path_(std::move(path)), text_(text) {}

  void add(Position at, std::string message);

  bool empty() const noexcept { return count_ == 0; }

  /// Each problem as `path:line:column: message`, then, indented on a line of its own, the line it
  /// is about. In the order of the text.
  std::vector<std::string> problems() const;
  /// All problems as one invalid_data error, each a detail. Must not be called when empty.
  Error error() const;

 private:
  struct Problem {
    Position at;
    std::size_t number = 0;
    std::string message;
  };

  std::string render(const Problem& problem) const;

  std::string path_;
  std::string_view text_;
  std::vector<Problem> problems_;
  std::size_t count_ = 0;
};

}  // namespace sous::codec
