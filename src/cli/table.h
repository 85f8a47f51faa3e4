#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sous::cli {

/// How text for people may look.
struct Style {
  std::size_t width = 0;  // columns; 0: as wide as it gets
  bool color = false;

  std::string bold(std::string_view text) const;
  std::string dim(std::string_view text) const;
  std::string good(std::string_view text) const;
  std::string bad(std::string_view text) const;
  std::string doubtful(std::string_view text) const;
};

/// The columns of a text on a terminal: its characters.
std::size_t columns(std::string_view text);
/// `text` in at most `width` columns, the middle left out where it is longer: `sha256:12…89ab`.
std::string elided(std::string_view text, std::size_t width);

/// Rows under headings, every column as wide as its widest cell. Where that is wider than the style
/// allows, the widest columns are elided first, never below kNarrowest.
class Table {
 public:
  static constexpr std::size_t kNarrowest = 8;

  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}

  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  bool empty() const noexcept { return rows_.empty(); }

  std::string render(const Style& style) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sous::cli
