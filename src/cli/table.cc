#include "cli/table.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include <fmt/format.h>

namespace sous::cli {
namespace {

constexpr std::size_t kGap = 2;

bool continues_character(char c) { return (static_cast<std::uint8_t>(c) & 0xC0U) == 0x80U; }

/// The first `count` characters of UTF-8 text.
std::string_view first_characters(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (!continues_character(text[at]) && count-- == 0) {
      break;
    }
    ++at;
  }
  return text.substr(0, at);
}

std::string_view last_characters(std::string_view text, std::size_t count) {
  return text.substr(first_characters(text, columns(text) - count).size());
}

std::string painted(bool color, std::string_view code, std::string_view text) {
  return color && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

void shrink(std::vector<std::size_t>& widths, std::size_t available) {
  const std::size_t gaps = kGap * (widths.size() - 1);
  auto total = std::accumulate(widths.begin(), widths.end(), gaps);
  while (total > available) {
    const auto widest = std::ranges::max_element(widths);
    if (*widest <= Table::kNarrowest) {
      return;
    }
    --*widest;
    --total;
  }
}

}  // namespace

std::string Style::bold(std::string_view text) const { return painted(color, "1", text); }

std::string Style::dim(std::string_view text) const { return painted(color, "2", text); }

std::string Style::good(std::string_view text) const { return painted(color, "32", text); }

std::string Style::bad(std::string_view text) const { return painted(color, "31", text); }

std::string Style::doubtful(std::string_view text) const { return painted(color, "33", text); }

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !continues_character(c); }));
}

std::string elided(std::string_view text, std::size_t width) {
  if (columns(text) <= width) {
    return std::string(text);
  }
  if (width < 3) {
    return std::string(first_characters(text, width));
  }
  const std::size_t kept = width - 1;
  return fmt::format(
      "{}…{}", first_characters(text, kept - kept / 2), last_characters(text, kept / 2));
}

std::string Table::render(const Style& style) const {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < headings_.size(); ++column) {
    std::size_t widest = columns(headings_[column]);
    for (const auto& row : rows_) {
      widest = std::max(widest, columns(row[column]));
    }
    widths.push_back(widest);
  }
  if (style.width > 0) {
    shrink(widths, style.width);
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    std::size_t owed = 0;  // padding is only written when something follows it
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const std::string cell = elided(cells[column], widths[column]);
      if (!cell.empty()) {
        out.append(owed, ' ');
        out += cell;
        owed = 0;
      }
      owed += widths[column] - columns(cell) + kGap;
    }
    return out;
  };
  std::string out = style.bold(line(headings_)) + "\n";
  for (const auto& row : rows_) {
    out += line(row) + "\n";
  }
  return out;
}

}  // namespace sous::cli
